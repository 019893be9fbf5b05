"""What the pages of the book say of other files, held to those files."""

import json
import re

import pytest
from site_helpers import CHAPTERS, ROOT


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_whole_file_is_shown_in_pieces_each_linked_to_its_chapter():
    heads = re.findall(r"^# ---- (.+?) -*$", read("mnist_core.py"), re.MULTILINE)
    page = read("book/the-whole-file.md")
    pieces = re.findall(r':start-after: "# ---- (.+?) -"\n(?::end-before: "# ---- (.+?) -")?', page)
    assert pieces == list(zip(heads, [*heads[1:], ""]))
    assert page.count(f':end-before: "# ---- {heads[0]}"') == 1  # the imports
    for number in (head[:2] for head in heads if head[0].isdigit()):
        (name,) = (name for name in CHAPTERS if name.startswith(f"notebooks/{number}"))
        section = re.search(rf"^## {number} .*?(?=^## )", page, re.MULTILINE | re.DOTALL).group()
        assert f"../{name}.ipynb" in section
    assert "{download}" in page and "../mnist_core.py" in page


def test_the_welcome_page_knows_how_long_the_book_takes():
    minutes = [int(re.search(r"\*\*Time\*\* about (\d+) minutes", read(f"{name}.ipynb"))[1])
               for name in CHAPTERS]
    assert f"about {round(sum(minutes) / 60)} hours" in read("book/intro.md")


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
