"""What other machines read to run the chapters: Binder, Codespaces and VS Code, JupyterLite."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([\w-]+)==(\S+)", re.M)


def pins(name):
    """{package: version} of a requirements file."""
    return dict(PIN.findall((ROOT / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["binder/requirements.txt", "requirements-lite.txt"])
def test_what_they_install_is_what_the_book_was_tested_with(name):
    book, theirs = pins("requirements.txt"), pins(name)
    shared = set(book) & set(theirs)
    assert "ipywidgets" in shared
    assert {package: theirs[package] for package in shared} == {p: book[p] for p in shared}


def test_binder_installs_what_the_chapters_import_and_no_more():
    """It brings JupyterLab; the site's tools would make each start minutes longer."""
    assert set(pins("binder/requirements.txt")) == {"numpy", "matplotlib", "ipywidgets"}
    runtime = (ROOT / "binder/runtime.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"python-3\.(1[1-3])\n", runtime)


def test_a_container_installs_the_book_and_opens_its_first_chapter():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert re.search(r"python:3\.1[1-3]$", container["image"])
    target = container["postCreateCommand"].removeprefix("make ")
    assert re.search(rf"^{target}: \$\(READER\)", (ROOT / "Makefile").read_text(), re.M)
    for file in container["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / file).is_file()
    interpreter = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == "${containerWorkspaceFolder}/.venv/bin/python"
    assert "ms-toolsai.jupyter" in container["customizations"]["vscode"]["extensions"]
