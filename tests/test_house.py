"""The house: addresses, data, pins, commands and documents agree with one another."""

import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import yaml

from tools import doctor, set_address

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
DATA_FILES = sorted((ROOT / "data").glob("*.gz"))
DOCUMENTS = [*ROOT.glob("*.md"), ROOT / "data" / "README.md", *sorted((ROOT / "book").glob("*.md"))]
WORKFLOWS = [path.stem for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)==([\w.]+)\s*(#.*)?")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def pins():
    """{package: version} of both requirements files."""
    lines = (read("requirements.txt") + read("requirements-dev.txt")).splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    matches = {line: REQUIREMENT.fullmatch(line) for line in wanted}
    assert [line for line, match in matches.items() if not match] == [], "not pinned exactly"
    return {match[1]: match[2] for match in matches.values()}


# ---- addresses and documents


def test_every_address_of_the_repository_is_the_one_in_the_config():
    wanted = set_address.address(ROOT)
    places = r"https://(?:www\.)?github\.com/[\w.-]+/" + re.escape(wanted.rsplit("/", 1)[1])
    found = {
        (path.relative_to(ROOT).as_posix(), address)
        for path in set_address.text_files(ROOT)
        if not path.is_relative_to(ROOT / "tests")
        for address in re.findall(places, path.read_text(encoding="utf-8"))
    }
    assert {address for _, address in found} == {wanted}, sorted(found)
    assert {"README.md", "CITATION.cff", "tools/setup_cell.py"} <= {path for path, _ in found}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_the_documents_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?:|mailto:|#", target):
            file = path.parent / target.split("#")[0]
            assert file.exists() or file.with_suffix(".md").exists(), target


def test_the_table_of_contents_has_every_chapter_in_order():
    assert re.findall(r"file: notebooks/(\w+)", read("_toc.yml")) == CHAPTERS


def test_the_readme_lists_every_chapter_in_order():
    assert re.findall(r"\(notebooks/(\w+)\.ipynb\)", read("README.md")) == CHAPTERS


def test_every_mention_of_the_oldest_python_is_true():
    oldest = ".".join(map(str, doctor.OLDEST))
    others = [ROOT / name for name in ("requirements.txt", "Makefile", "tools/doctor.py")]
    for path in [*DOCUMENTS, *others]:
        for version in re.findall(r"Python (3\.\d+) or newer", path.read_text(encoding="utf-8")):
            assert version == oldest, path
    assert f'target-version = "py{oldest.replace(".", "")}"' in read("pyproject.toml")
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        assert f'"{oldest}"' in workflow.read_text(), workflow


def test_both_licences_are_whole():
    assert "MIT License" in read("LICENSE")
    text = read("LICENSE-TEXT")
    assert "Attribution 4.0 International Public License" in text
    assert re.findall(r"^Section (\d) -- ", text, re.MULTILINE) == list("12345678")


def test_the_citation_can_be_read():
    citation = yaml.safe_load(read("CITATION.cff"))
    book = set_address.settings(ROOT)
    assert citation["authors"] == [{"name": book["author"]}]
    assert citation["repository-code"] == book["address"]
    assert f"## {citation['version']}" in read("CHANGELOG.md")


def test_the_entry_to_copy_says_what_the_citation_says():
    citation = yaml.safe_load(read("CITATION.cff"))
    entry = dict(re.findall(r"^  (\w+) += \{+(.+?)\}+,$", read("book/cite.md"), re.MULTILINE))
    assert entry == {"title": citation["title"], "author": citation["authors"][0]["name"],
                     "year": re.search(r"\d{4}", read("LICENSE"))[0],
                     "edition": citation["version"], "url": citation["repository-code"]}


def test_ten_lines_publish_a_copy_and_the_site_shows_the_same():
    text = read("CONTRIBUTING.md").partition("## Publish your own copy\n")[2]
    lines = [line for line in text.splitlines() if line]
    assert 0 < len(lines) <= 10 and "## " not in text
    assert ':start-after: "## Publish your own copy"' in read("book/publish.md")
    assert "book/publish" in read("_toc.yml")


# ---- data


@pytest.mark.parametrize("path", DATA_FILES, ids=lambda path: path.name)
def test_b047_the_data_files_are_those_of_the_readme(path):
    """Whole files, no pointers to a store elsewhere.

    https://github.com/open-reaction-database/ord-data/issues/162
    """
    readme, data = read("data/README.md"), path.read_bytes()
    content = zlib.decompress(data, wbits=31)
    assert f"{hashlib.sha256(data).hexdigest()}  {path.name}\n" in readme
    assert f"{hashlib.sha256(content).hexdigest()}  {path.stem}\n" in readme
    row = rf"\| `{re.escape(path.name)}` \| {len(data):,} \| .* \| {len(content):,} \|"
    assert re.search(row, readme)


def test_the_data_folder_holds_the_four_files():
    assert len(DATA_FILES) == 4
    assert "*.gz binary" in read(".gitattributes").splitlines()
    assert "lfs" not in read(".gitattributes")


# ---- what is installed


def test_the_pins_are_what_is_installed():
    """Also says that every requirement is pinned exactly. `make test WITH=...` names others."""
    others = dict(other.split("==") for other in os.environ.get("WITH", "").split())
    installed = {name: importlib.metadata.version(name) for name in pins()}
    assert installed == pins() | others


def test_b118_the_site_is_built_with_jupyter_book_1_and_what_it_was_tested_with():
    """https://github.com/QuantEcon/lecture-python-programming/issues/569"""
    assert pins()["jupyter-book"].startswith("1.")
    assert {"Sphinx", "myst-nb", "myst-parser", "sphinx-book-theme"} <= set(pins())
    weekly = yaml.safe_load(read(".github/workflows/weekly.yml"))
    assert weekly[True]["schedule"], "YAML reads the key `on` as True"


def test_the_core_needs_numpy_and_nothing_else():
    imports = re.findall(r"^(?:import|from) (\w+)", read("mnist_core.py"), re.MULTILINE)
    assert set(imports) - set(sys.stdlib_module_names) == {"numpy"}


# ---- commands


def targets():
    """The targets that the Makefile declares."""
    makefile = read("Makefile").replace("\\\n", " ")
    return set(re.search(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[1].split())


def test_bare_make_lists_every_target():
    # --no-print-directory: these tests run under make themselves, and the inner one would say so
    bare = ["make", "--no-print-directory"]
    listed = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} == targets()
    assert all(len(line.split()) > 1 for line in listed.splitlines())


def test_how_to_run_names_targets_that_exist():
    for document in DOCUMENTS:
        named = set(re.findall(r"`make ([a-z]+)[^`]*`", document.read_text(encoding="utf-8")))
        assert named <= targets(), document


def test_the_table_of_all_commands_has_every_target():
    table = read("book/how-to-run.md").partition("## All commands")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `make( [a-z]+)?`", table, re.MULTILINE)
    assert sorted(row.strip() or "help" for row in rows) == sorted(targets())


def test_continuous_integration_runs_make_test_and_nothing_weaker():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text().splitlines() if line and line[0] != "#"]
    strict, there = "set -euo pipefail", 'cd "$(dirname "$0")/.."'
    assert commands == [strict, there, "make frameworks", "make test"]
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    for workflow in ("tests", "weekly"):
        assert "- run: .ci/run" in read(f".github/workflows/{workflow}.yml")


def jobs(workflow):
    return yaml.safe_load(read(f".github/workflows/{workflow}.yml"))["jobs"]


def steps(workflow):
    """The steps of all jobs of a workflow."""
    return [step for job in jobs(workflow).values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_what_a_workflow_calls_exists_and_does_not_run_for_ever(workflow):
    for step in steps(workflow):
        command = step.get("run", "make help").split()
        assert command == [".ci/run"] or command[0] == "make" and command[1] in targets()
        action = step.get("uses", "actions/checkout@v5")
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action), "a moving branch is no version"
        if action.startswith("actions/checkout") and "uses" in step:
            assert step["with"]["persist-credentials"] is False
    assert all(0 < job["timeout-minutes"] <= 150 for job in jobs(workflow).values())


def test_workflows_cover_the_pythons_the_oldest_and_the_newest_packages():
    assert jobs("tests")["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {"run": "make oldest"} in steps("tests")
    assert {"run": "make newest"} in steps("weekly")
    assert "_build/html/book/*.html" in read(".github/workflows/weekly.yml")


def test_pages_publishes_all_that_the_site_offers_with_dates():
    first, *others = jobs("pages")["build"]["steps"]
    assert first["with"]["fetch-depth"] == 0  # else git knows no date
    assert {"run": "make publish"} in others
    assert jobs("pages")["deploy"]["needs"] == "build"
    assert "pages: write" in read(".github/workflows/pages.yml").partition("deploy:")[2]


def test_b126_no_test_waits_a_fixed_time():
    """https://github.com/jupyterlite/jupyterlite/pull/1640"""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert [path.name for path in tests if "wait_for_timeout(" in path.read_text("utf-8")] == []


def test_what_the_commands_make_is_not_stored():
    ignored = set(read(".gitignore").splitlines())
    assert {".venv/", "/_build/", "/dist/", "__pycache__/", ".ipynb_checkpoints/"} <= ignored


def test_what_the_slides_load_is_stored():
    """A folder of it is called dist, as the one of what the commands make."""
    command = ["git", "check-ignore", "--no-index", *(ROOT / "tools/deck").rglob("*")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout == ""
