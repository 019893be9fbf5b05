"""What the pages of the book say of other files, held to those files."""

import ast
import json
import re

import pytest
from site_helpers import CHAPTERS, ROOT


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_whole_file_lists_every_definition_under_its_chapter():
    core = read("mnist_core.py")
    heads = {core[:m.start()].count("\n") + 1: m.group(1)
             for m in re.finditer(r"^# ---- (.+?) -*$", core, re.MULTILINE)}
    defined = {}
    for node in ast.parse(core).body:
        kinds = ast.FunctionDef | ast.ClassDef | ast.Assign
        if node.lineno > min(heads) and isinstance(node, kinds):
            head = heads[max(line for line in heads if line < node.lineno)]
            name = node.targets[0].id if isinstance(node, ast.Assign) else node.name
            if head[:2].isdigit():
                defined.setdefault(head[:2], set()).add(name)
    listed = {}
    for row in re.findall(r"^\|.*`.*\|$", read("book/the-whole-file.md"), re.MULTILINE):
        chapter = re.search(r"\b\d\d\b", row).group()
        listed[chapter] = set(re.findall(r"`(\w+)`", row))
    assert listed == defined


def test_the_welcome_page_links_every_chapter_by_its_title():
    welcome = read("book/intro.md")
    for name in CHAPTERS:
        first = "".join(json.loads(read(f"{name}.ipynb"))["cells"][0]["source"])
        title = first.splitlines()[0].removeprefix("# ").split(":")[0]
        assert f"[{' '.join(title.split())}](../{name}.ipynb)" in welcome


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_work_that_a_chapter_cites_is_in_the_references(name):
    entries = re.split(r"^@", read("book/references.bib"), flags=re.MULTILINE)
    text = "".join("".join(cell["source"]) for cell in json.loads(read(f"{name}.ipynb"))["cells"])
    cited = re.findall(r"\[([^\]]+)\]\(\.\./book/references\.md\)", text)
    named = [words for words in cited if re.search(r"\d{4}", words)]
    missing = []
    for words in named:
        surname, year = re.search(r"\w+", words).group(), re.search(r"\d{4}", words).group()
        if not any(surname in entry and f"{{{year}}}" in entry for entry in entries):
            missing.append(words)
    assert missing == []


def test_how_to_run_lists_the_targets_of_make():
    targets = set(re.findall(r"^([a-z]+):.*## ", read("Makefile"), re.MULTILINE)) - {"help"}
    assert targets <= set(re.findall(r"`make ([a-z]+)\b", read("book/how-to-run.md")))


def test_b007_how_to_run_says_that_an_edit_needs_a_restart():
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/85"""
    assert "Restart" in read("book/how-to-run.md").split("(after-an-edit)=")[1]
