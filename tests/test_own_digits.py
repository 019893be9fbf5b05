"""Chapter 13 prepares a reader's own drawing: what it refuses, and what dust must not change."""

import ast
from pathlib import Path

import nbformat
import numpy as np
import pytest

CHAPTER = next((Path(__file__).resolve().parent.parent / "notebooks").glob("13_*.ipynb"))
WANTED = {"centres", "recentred", "checked", "span", "squeezed", "prepared", "pen"}


@pytest.fixture(scope="module")
def chapter():
    """The functions of the chapter that prepare a drawing, from its own cells."""
    cells = [cell.source for cell in nbformat.read(CHAPTER, 4).cells if cell.cell_type == "code"]
    functions = [node for source in cells for node in ast.parse(source).body
                 if isinstance(node, ast.FunctionDef) and node.name in WANTED]
    names = {"np": np}
    exec(compile(ast.Module(functions, []), str(CHAPTER), "exec"), names)
    assert WANTED <= names.keys()
    return names


@pytest.fixture
def three(chapter):
    """A drawn three, in the upper left of a sheet of 56 x 56."""
    return chapter["pen"]("8,10 6,18 12,24 18,16 26,24 32,18 30,8")


@pytest.mark.parametrize("spoil, sentence", [
    (lambda sheet: 0 * sheet, "empty"),
    (lambda sheet: 0.05 + 0 * sheet, "empty"),
    (lambda sheet: 1 - sheet, "dark paper"),
    (lambda sheet: np.stack([sheet] * 3, axis=2), "colour"),
    (lambda sheet: 255 * sheet, "255"),
    (lambda sheet: np.where(sheet > 0.5, np.nan, sheet), "0 to 1"),
    (lambda sheet: sheet[:0], "0 to 1"),
], ids=["empty", "faint", "inverted", "in colour", "bytes", "nan", "no pixels"])
def test_b150_a_sheet_that_cannot_be_read_is_refused_in_a_sentence(spoil, sentence, chapter, three):
    with pytest.raises(ValueError, match=sentence):
        chapter["prepared"](spoil(three))


@pytest.mark.parametrize("ink", [0.05, 0.15])
@pytest.mark.parametrize("place", [(0, 0), (0, 55), (55, 0), (55, 55), (30, 50)])
def test_b150_a_speck_of_dust_changes_nothing(place, ink, chapter, three):
    """One pixel far from the digit must not widen the crop, or the digit shrinks."""
    clean = chapter["prepared"](three)
    three[place] = ink
    assert np.abs(chapter["prepared"](three) - clean).max() < 0.02


@pytest.mark.parametrize("place", [(0, 0), (0, 55), (55, 0), (55, 55), (30, 50)])
def test_b150_a_black_speck_does_not_shrink_the_digit(place, chapter, three):
    three[place] = 1
    image = chapter["prepared"](three).reshape(28, 28)
    assert np.ptp(np.nonzero(image.sum(axis=1) > 0.5)[0]) + 1 >= 19


def test_the_prepared_image_is_as_mnist_made_it(chapter, three):
    image = chapter["prepared"](three)
    assert image.shape == (784,) and image.dtype == np.float32 and 0 <= image.min()
    inked = np.nonzero(image.reshape(28, 28).sum(axis=1))[0]
    assert 19 <= np.ptp(inked) + 1 <= 20 and 0.9 < image.max() <= 1
    rows, columns = chapter["centres"](image[None])
    assert abs(rows - 14) <= 0.5 and abs(columns - 14) <= 0.5
