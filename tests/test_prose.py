"""The tools that read the prose: what they must find, and what they must let pass."""

import nbformat
import pytest

from tools import glossary, lint_prose


def chapter(folder, text, printed=""):
    """Write a notebook of one paragraph and one cell that printed something."""
    cell = nbformat.v4.new_code_cell("pass")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell])
    path = folder / "01_digits.ipynb"
    nbformat.write(notebook, path)
    return path


def found(folder, text, printed="", notation="$x$"):
    return list(lint_prose.findings(chapter(folder, text, printed), notation))


@pytest.mark.parametrize("text", [
    "It reads 97.7 % of them.", "It takes 3 seconds.", "That is 12 times faster.",
    "A gain of 0.4 points.", "It holds 47 MB.", "Backward costs 1.9 times as much.",
    "This is simply a sum.", "Obviously, it grows.", "The rest is trivial.",
    "It is easy to see why.", "Then you just add them.", "A sum: $$\\sum_k \\omega[k]$$",
    "A product: $$Q x$$",
])
def test_a_slip_is_found(tmp_path, text):
    assert len(found(tmp_path, text)) == 1


@pytest.mark.parametrize(("text", "printed"), [
    ("It reads 97.7 % of them.", "accuracy 97.68%"), ("It reads 98 % of them.", "0.9768"),
    ("It takes 3 seconds.", "2.9 s"), ("It holds 50,000 bytes.", "50000"),
    ("They need 3 seconds [there](https://example.org).", ""), ("`97.7 %` is code.", ""),
    ("**Time** about 75 minutes", ""), ("1. You see 14.7 % where 2.3 % was?", ""),
    ("You have just begun.", ""), ("It is just.", ""),
    ("A product: $$\\eta\\, x$$ with $\\eta$.", ""),
])
def test_what_is_right_passes(tmp_path, text, printed):
    assert found(tmp_path, text, printed) == []


def test_a_number_may_be_rounded_but_not_changed(tmp_path):
    assert found(tmp_path, "It reads 97.6 % of them.", "accuracy 97.68%") != []


@pytest.mark.parametrize(("text", "linked"), [
    ("a loss and a loss", "a [loss]({}#loss) and a loss"),
    ("Two losses.", "Two [losses]({}#loss)."),
    ("# loss\n\n**(5.1) A loss.**\n\n`loss` and $loss$, then a **loss**",
     "# loss\n\n**(5.1) A loss.**\n\n`loss` and $loss$, then a **[loss]({}#loss)**"),
    ("a lossy glossary", "a lossy glossary"),
    ("a hidden layer and a layer",
     "a [hidden layer]({}#hidden-layer) and a [layer]({}#layer)"),
    ("see [the loss](x.md), loss", "see [the loss](x.md), [loss]({}#loss)"),
])
def test_the_first_use_of_a_word_is_linked(text, linked):
    words = {"loss": "loss", "layer": "layer", "hidden layer": "hidden-layer"}
    wanted = linked.replace("{}", glossary.PAGE)
    assert glossary.linked([text], words) == [wanted]
    assert glossary.linked([wanted], words) == [wanted]  # a second run changes nothing


def test_only_the_first_of_several_texts_is_linked():
    first, second = glossary.linked(["one loss", "another loss"], {"loss": "loss"})
    assert glossary.PAGE in first and second == "another loss"


def test_every_word_of_the_glossary_has_a_place_of_its_own_and_an_order():
    words = list(glossary.terms())
    assert len(words) > 60 and words == sorted(words, key=str.lower)
