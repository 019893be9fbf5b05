"""How long a chapter takes, what it needs, and the short path: held to what the chapters hold."""

import re
import shutil
from dataclasses import replace

import nbformat
import pytest

from tools import prerequisites, reading_time, short_path

ROOT = reading_time.ROOT
WELCOME = (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
CODE = "\n\n".join(24 * ["x = 1"])


def cell(source, *tags, output=None):
    made = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    if output:
        made.outputs = [nbformat.v4.new_output("display_data", {output: "<svg/>"})]
    return made


def section(*cells):
    cells = [nbformat.v4.new_markdown_cell(c) if isinstance(c, str) else c for c in cells]
    return reading_time.Section("A title", cells)


# ---- the rule


@pytest.mark.parametrize(("parts", "minutes"), [
    (["word " * 360], 2),
    (["$$a = b$$"], 1),
    (["$$\\begin{aligned} a &= b \\\\ &= c \\\\[2pt] &= d \\end{aligned}$$"], 3),
    ([cell(CODE)], 2), ([cell(CODE, "core")], 2), ([cell(CODE, "solution")], 0),
    ([cell(CODE, "setup")], 0), ([cell(CODE, "exercise")], 0),
    ([cell(CODE, "hide-input", output="image/svg+xml")], 1),
    ([cell(CODE, "hide-input", "lab", output="text/html")], 3),
    (["**Predict.**"], 2 + 1 / 180),
    (["<details><summary>Answer</summary>\n\n" + "word " * 360 + "</details>"], 2),
    (["### Exercise 1.1  Try\n\n" + "word " * 360, "### Exercise 1.2  Try"], 10),
])
def test_each_part_counts_as_the_rule_says(parts, minutes):
    assert reading_time.minutes(section(*parts)) == pytest.approx(minutes)


def test_warm_ups_count_half_and_further_reading_nothing():
    warm, apart = section("### Exercise 0.1  Count"), section("word " * 360)
    warm.title, apart.title = "Warm-ups", "Further reading"
    assert [reading_time.minutes(warm), reading_time.minutes(apart)] == [2.5, 0]


def test_sections_hold_every_cell_once():
    for path in reading_time.chapters():
        code = [c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
        found = [c.source for part in reading_time.sections(path) for c in part.cells
                 if c.cell_type == "code"]
        assert found == code


def test_the_chapters_and_the_welcome_page_say_what_the_rule_says():
    assert reading_time.faults() == []


def test_a_time_set_by_feel_is_found(tmp_path):
    (chapter,) = ROOT.glob("notebooks/03_*.ipynb")
    (tmp_path / "notebooks").mkdir()
    shutil.copytree(ROOT / "book", tmp_path / "book", ignore=shutil.ignore_patterns("_static"))
    spoilt = reading_time.TIME.sub("45", chapter.read_text(encoding="utf-8"))
    (tmp_path / "notebooks" / chapter.name).write_text(spoilt, encoding="utf-8")
    assert "says 45 minutes" in reading_time.faults(tmp_path)[0]


def test_the_page_for_readers_names_the_rules_own_numbers():
    rule = WELCOME.split("### How long it takes")[1].split("## ")[0]
    assert reading_time.PER_MINUTE == {"words": 180, "code": 12}
    assert "180 words" in rule and "twelve lines of code" in rule
    assert "two for a prediction or a question, three for a lab, and ten" in rule


# ---- what a chapter needs


@pytest.fixture(scope="module")
def book():
    return prerequisites.book()


@pytest.fixture(scope="module")
def words():
    return prerequisites.words_at_home()


def test_no_chapter_uses_what_nobody_has_introduced(book, words):
    assert prerequisites.findings(book, words) == []


@pytest.mark.parametrize("path", reading_time.chapters(), ids=lambda path: path.stem)
def test_every_link_of_the_line_you_need_leads_to_a_chapter(path):
    needed = prerequisites.NEED.search(prerequisites.ledger.prose(path))[0]
    links = re.findall(r"\[[^\]]*?(\d\d)\]\((\d\d)(_\w+\.ipynb)\)", needed)
    assert len(links) == needed.count("](")
    for shown, number, rest in links:
        assert shown == number and (ROOT / "notebooks" / f"{number}{rest}").exists()


@pytest.mark.parametrize(("number", "old", "new", "wrong"), [
    ("05", "[chapter 02](02_the", "[chapter 06](06_the", "05 needs chapter 06"),
    ("15", "[10](10_where", "10 (10_where", "15 uses formula (10.2)"),
    ("23", "[08](08_checking", "08 (08_checking", "23 uses numerical_gradient"),
    ("14", "[11](11_the", "11 (11_the", '14 uses "overfitting"'),
    ("00", "the length of a step", "a number", '00 uses "learning rate"'),
])
def test_a_wrong_line_is_found(book, words, number, old, new, wrong):
    assert old in book[number].text
    spoilt = replace(book[number], text=book[number].text.replace(old, new, 1))
    found = prerequisites.findings({**book, number: spoilt}, words)
    assert any(finding.startswith(wrong) for finding in found)


# ---- the short path


PATH = short_path.page_text()


def test_nothing_is_wrong_with_the_short_path(book, words):
    assert short_path.findings(PATH, book, words) == []


def test_the_welcome_page_marks_the_chapters_of_the_path():
    rows = re.findall(r"^\| \[[^\]]+\]\(\.\./notebooks/(\w+)\.ipynb\) \|.*\| (●?) ?\|$", WELCOME,
                      re.MULTILINE)
    assert [stem for stem, dot in rows if dot] == [stop.stem for stop in short_path.stops(PATH)]
    assert len(rows) == len(reading_time.chapters())


def test_the_path_ends_at_a_network_of_its_own_that_reads_97_percent():
    cells = [c for part in short_path.stops(PATH)[-1].kept() for c in part.cells]
    printed = "".join(output.get("text", "") for c in cells if c.cell_type == "code"
                      for output in c.outputs)
    reached = re.findall(r"^epoch \d: (\d+\.\d+) % of validation images", printed, re.MULTILINE)
    assert float(reached[-1]) >= 97


@pytest.mark.parametrize(("old", "new", "wrong"), [
    ("`gradient_check` compares", "It compares", "on the short path, 11 uses gradient_check, "),
    ("**class**", "class", 'on the short path, 04 uses "class", '),
    ("[Squared error behind softmax]", "[From scores to weights]",
     "on the short path, 07 uses formula (5.7), "),
    ("[Keep it]", "[Keep them]", 'has no section "Keep them"'),
    ("| 25 |", "| 30 |", "takes 25 minutes on the path, not 30"),
    ("| 45 |", "| 90 |", "the path takes 450 minutes, not six hours"),
])
def test_a_gap_or_a_wrong_number_on_the_path_is_found(book, words, old, new, wrong):
    assert old in PATH
    found = short_path.findings(PATH.replace(old, new), book, words)
    assert any(wrong in finding for finding in found)
