"""One place for title, author and address: `make address` carries them to all the others."""

import re
import shutil
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import execute, set_address

ROOT = Path(__file__).resolve().parent.parent
NOW = set_address.settings(ROOT)
OTHER = {"title": "Digits by hand: what a network sees", "short": "Digits by hand",
         "author": "Bo O'Tutor & Søn", "address": "https://github.com/Bo-Tutor/by-hand-25"}
FIRST = {"CHANGELOG.md", "data"}  # what was, and who made the digits, stays
CONFIG = 'title: "{title}"\nauthor: "{author}"\nrepository:\n  url: {address}\n  branch: main\n'


@pytest.fixture
def copy(tmp_path):
    """The text files of the book, less the tests and all chapters but one, in their own folder."""
    for path in set_address.text_files(ROOT):
        inside = path.relative_to(ROOT)
        other_chapter = path.suffix == ".ipynb" and not path.name.startswith("00_")
        if inside.parts[0] not in {"tests", *FIRST} and not other_chapter:
            (tmp_path / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tmp_path / inside)
    return tmp_path


def rename(root, new):
    """What a teacher does: edit the first lines of _config.yml and type `make address`."""
    config = set_address.read(root / "_config.yml")
    config = re.sub(r"(?m)^title: .*", f'title: "{new["title"]}"', config)
    config = re.sub(r"(?m)^author: .*", f'author: "{new["author"]}"', config)
    set_address.write(root / "_config.yml", config)
    set_address.set_config(root, new["address"])
    return set_address.carry(root)


def contents(root):
    return {path: path.read_text("utf-8") for path in set_address.text_files(root)}


def test_another_title_author_and_address_reach_every_place(copy):
    rename(copy, OTHER)
    old, new = (one["address"] for one in (NOW, OTHER))
    pair = "/".join(old.rsplit("/", 2)[1:])
    gone = [NOW["title"], NOW["short"], NOW["author"], old, pair, quote(pair, safe=""),
            f"cd {set_address.folder(old)}\n", f"-r {set_address.folder(old)}/",
            f's / "{set_address.folder(old)}"']
    kept = {(path.relative_to(copy).as_posix(), part) for path, text in contents(copy).items()
            for part in gone if part in text}
    assert kept == set()
    for name in "README.md", "book/cite.md", "CITATION.cff":
        text = set_address.read(copy / name)
        assert OTHER["title"] in text and new in text, name
    assert f"cd {set_address.folder(new)}\n" in set_address.read(copy / "book/how-to-run.md")
    assert new in set_address.read(copy / "tools/setup_cell.py")
    assert f's / "{set_address.folder(new)}"' in set_address.read(copy / "tools/setup_cell.py")


def test_a_second_run_changes_nothing_and_the_way_back_is_open(copy):
    before = contents(copy)
    rename(copy, OTHER)
    there = contents(copy)
    assert set_address.carry(copy) == [] and contents(copy) == there != before
    rename(copy, {**OTHER, "address": "https://gitlab.example/school/the-book"})
    rename(copy, NOW)
    after = contents(copy)
    assert {path for path in before if before[path].replace('"', "") != after[path].replace('"', "")
            } == set()  # the author may stand in quotes in _config.yml


def test_the_licences_keep_those_who_wrote_first():
    assert not {"LICENSE", "LICENSE-TEXT"} & {path.name for path in set_address.text_files(ROOT)}


@pytest.mark.parametrize(("text", "wanted"), [
    ("git clone https://a.org/Ann/book.git", "git clone https://github.com/Bo/course.git"),
    ("See https://a.org/Ann/book/issues, or https://a.org/Ann/book.",
     "See https://github.com/Bo/course/issues, or https://github.com/Bo/course."),
    ("https://a.org/Ann/book-2 https://a.org/Ann/book.io", None),
    ("https://mybinder.org/v2/gh/Ann/book/main", "https://mybinder.org/v2/gh/Bo/course/main"),
    ("repo=https%3A%2F%2Fa.org%2FAnn%2Fbook&urlpath=lab%2Ftree%2Fbook%2Fnotebooks",
     "repo=https%3A%2F%2Fgithub.com%2FBo%2Fcourse&urlpath=lab%2Ftree%2Fcourse%2Fnotebooks"),
    ("cp -r dist/student ~/softmax/book\n", "cp -r dist/student ~/softmax/course\n"),
    ("the book, cd book\npip install -r book/requirements.txt",
     "the book, cd course\npip install -r course/requirements.txt")])
def test_an_address_is_found_however_it_is_written(text, wanted):
    moved = set_address.moved(text, "https://a.org/Ann/book", "https://github.com/Bo/course")
    assert moved == (wanted or text)


@pytest.mark.parametrize(("given", "kept"), [
    ("https://github.com/Ann/book.git", "https://github.com/Ann/book"),
    ("https://github.com/Ann/book/", "https://github.com/Ann/book")])
def test_an_address_copied_from_the_browser_or_the_clone_button_will_do(given, kept):
    assert set_address.checked(given) == kept


@pytest.mark.parametrize("given", [
    "", None, "numbers-101", "github.com/Ann/book", "http://github.com/Ann/book",
    "git@github.com:Ann/book.git", "https://github.com/Ann", "https://github.com/Ann/a/b",
    "https://github.com/Ann/my book"])
def test_a_bad_address_is_refused_in_words(given):
    with pytest.raises(ValueError, match="^Given .*, wanted an address like https://"):
        set_address.checked(given)


@pytest.mark.parametrize(("key", "given"), [("title", 'A "B"'), ("title", " "), ("author", "{A}")])
def test_a_bad_title_or_author_is_refused_and_nothing_is_written(copy, key, given):
    config = CONFIG.format(**{**OTHER, key: given.replace('"', '\\"')})
    set_address.write(copy / "_config.yml", config)
    before = contents(copy)
    with pytest.raises(ValueError, match=f"gives the {key} .*, wanted one line of text"):
        set_address.carry(copy)
    assert contents(copy) == before


def test_a_title_whose_colon_lacks_quotation_marks_is_refused_in_words():
    with pytest.raises(ValueError, match="(?s)can't be read: .*title: A: B.*quotation marks"):
        set_address.parsed("title: A: B")


def test_after_it_the_chapters_are_in_the_normal_form(tmp_path):
    cell = new_code_cell("print(1)", execution_count=1, metadata={"tags": ["setup"]})
    cell.id = "of-old-text"
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[cell]), path)
    assert execute.faults(path) != []
    execute.main(["--normalise", str(path)])
    assert execute.faults(path) == []
