"""Chapter 24 runs PyTorch, which is not among the packages that the book needs."""

import importlib.util

import pytest

SKIPPED = "PyTorch is not installed: pip install -r requirements-frameworks.txt"


def pytest_collection_modifyitems(items):
    if importlib.util.find_spec("torch") is None:
        for item in items:
            if item.path.name.startswith("24_"):
                item.add_marker(pytest.mark.skip(reason=SKIPPED))
