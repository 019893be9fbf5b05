"""How the chapters are tested: deprecations are errors, and chapter 24 needs PyTorch."""

import importlib.util
import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
SKIPPED = "PyTorch is not installed: pip install -r requirements-frameworks.txt"


def pytest_configure():
    """Kernels inherit it: what the book itself calls must not be on its way out of a library."""
    files = sorted(path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.py"))
    modules = ["__main__", "mnist_core", *(".".join(file.parts) for file in files)]
    os.environ["PYTHONWARNINGS"] = ",".join(
        f"error::{kind}:{module.removesuffix('.__init__')}" for module in modules
        for kind in ("DeprecationWarning", "FutureWarning"))


def pytest_collection_modifyitems(items):
    if importlib.util.find_spec("torch") is None:
        for item in items:
            if item.path.name.startswith("24_"):
                item.add_marker(pytest.mark.skip(reason=SKIPPED))
