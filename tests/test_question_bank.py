"""The question bank: each number in an answer is computed anew, each question is one of its own."""

import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

import mnist_core as core

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = (ROOT / "book/teaching-questions.md").read_text(encoding="utf-8")
QUESTION = re.compile(
    r"^\*\*(\d\d-\d)\*\* · (\w+) · (.*?)(?=^\*\*\d\d-\d\*\*|^## |\Z)", re.M | re.S)
BANK = {number: (kind, text) for number, kind, text in QUESTION.findall(QUESTIONS)}


def sigmoid_slope(z):
    p = 1 / (1 + math.exp(-z))
    return p * (1 - p)


def tent(x):
    return np.maximum(x, 0) - 2 * np.maximum(x - 1, 0) + np.maximum(x - 2, 0)


def size(*sizes):
    rng = np.random.default_rng(0)
    layers = [core.Linear(a, b, rng) for a, b in zip(sizes, sizes[1:])]
    return sum(W.size for W, _ in core.Sequential(*layers).parameters())


def fitting_batches():
    """The batch sizes up to 32 for which x @ W.T + b[:, None] raises no error."""
    fits = []
    for N in range(1, 33):
        try:
            np.zeros((N, 7)) @ np.zeros((10, 7)).T + np.zeros(10)[:, None]
            fits.append(N)
        except ValueError:
            pass
    return fits


def row_of_dlogits():
    logits = np.log(np.tile([0.7, 0.2, 0.1], (4, 1)))
    return core.softmax_cross_entropy(logits, np.zeros(4, int))[1][0].round(6)


def backward():
    layer = core.Linear(3, 2, np.random.default_rng(0)).to(np.float64)
    layer.W[...] = [[1, 0, 2], [0, 1, 1]]
    layer.forward(np.array([[1.0, 2, 0]]))
    dx = layer.backward(np.array([[3.0, -1]]))
    return *dx[0], *layer.dW[1]


def spread(init, shape):
    return init(shape, np.random.default_rng(0)).std(dtype=np.float64)


def velocity():
    v = 0
    for _ in range(3):
        v = 0.9 * v + 1
    return v


def cubes():
    return [((1 + h) ** 3 - (1 - h) ** 3) / (2 * h) for h in (0.1, 0.01)]


def convolutions():
    rng = np.random.default_rng(0)
    layers = core.Conv2D(1, 8, 3, rng), core.Conv2D(8, 16, 3, rng)
    return [sum(W.size for W, _ in layer.parameters()) for layer in layers]


def kept_by_dropout():
    layer = core.Dropout(0.2, np.random.default_rng(0))
    return sorted(set(layer.forward(np.full(100, 3.0)).round(6)))


def swept_twice(kind):
    """The gradient of x after two calls of backward, with a class of chapter 23."""
    notebook = nbformat.read(ROOT / "notebooks/23_a_tiny_autograd.ipynb", as_version=4)
    space = {"np": np}
    for cell in notebook.cells:
        if re.search(r"^(class (Number|Tensor):|def unbroadcast\()", cell.source, re.M):
            exec(cell.source, space)
    x = space[kind](3.0)
    y = x * x + x
    y.backward()
    y.backward()
    return float(x.grad)


# What stands in each answer, computed anew, as it is written there.
NUMBERS = {
    "00-1": lambda: [f"{size(784, 64, 10):,}"],
    "01-1": lambda: [str((np.uint8([200]) + np.uint8([100]))[0]),
                     str((np.uint8([3]) - np.uint8([5]))[0])],
    "01-2": lambda: [f"{16 + 60_000 * 28 * 28:,}"],
    "01-3": lambda: [str(58 - 42), f"{2 * math.sqrt(58 + 42):.0f}"],
    "02-1": lambda: [str(2 * 2 - 0 - 3), f"{1 / math.hypot(2, -1):.3f}"],
    "02-2": lambda: [" and ".join(map(str, fitting_batches()))],
    "03-1": lambda: ["{:g}, {:g}, {:g} and {:g}".format(*tent(np.array([0.5, 1, 1.5, 3])))],
    "03-2": lambda: [str(3 + 1)],
    "03-3": lambda: [f"{sigmoid_slope(2):.3f}"],
    "04-1": lambda: ["({:g}, {:g}, {:g})".format(*core.softmax(np.log([1, 2, 5])).round(6))],
    "04-2": lambda: [f"{core.softmax(np.log([9, 1]) / 2)[0]:.2f}"],
    "04-3": lambda: [f"{np.log(float(np.finfo(np.float16).max)):.2f}"],
    "05-1": lambda: [f"{-np.log([0.5, 0.25, 1]).mean():.3f}"],
    "05-2": lambda: ["({:g}, {:g}, {:g})".format(*row_of_dlogits()).replace("-", "−")],
    "06-1": lambda: [str(2 * 6 * 3), str(2 * 6 * (1 + 1))],
    "07-1": lambda: ["({:g}, {:g}, {:g})".format(*part).replace("-", "−")
                     for part in (backward()[:3], backward()[3:])],
    "07-3": lambda: [f"{size(784, 256, 64, 10) - 256 - 64 - 10:,}"],
    "08-1": lambda: ["{:g} and {:g}".format(*cubes())],
    "09-1": lambda: [f"{1 / 8} and {2 / 8}"],
    "09-2": lambda: [f"{32 * (0.8 / 0.2) ** 2:.0f}"],
    "09-3": lambda: [f"{math.sqrt(128 / 80):.2f}"],
    "09-4": lambda: [f"{1 - 0.05 * 8:g} and −{0.2 * 8 - 1:g}"],
    "10-1": lambda: ["0.0505", "0.0468"],
    "10-2": lambda: [f"{0.9**20:.2f}", f"{1.1**20:.1f}"],
    "11-1": lambda: [f"{6 * math.ceil(50_000 / 64):,}", str(math.ceil(50_000 / 64))],
    "12-1": lambda: [f"{core.linear_decay(0.6, 1000)(250):g}",
                     f"{core.cosine_decay(0.6, 1000)(250):.3f}"],
    "13-1": lambda: [f"{np.linalg.norm(np.full(784, 0.1)):.1f}"],
    "14-1": lambda: [f"{4 * 0.95 * 0.05 / 0.005**2:,.0f}"],
    "15-1": lambda: [f"{1 - math.tanh(1)**2:.2f}", f"{(1 - math.tanh(1)**2)**8:.5f}"],
    "16-1": lambda: [f"{2 / 12.5:g}"],
    "17-1": lambda: [f"{math.log(2):.3f}"],
    "19-1": lambda: [f"{velocity():.2f}", f"{1 / (1 - 0.9):.0f}"],
    "20-1": lambda: ["{:g} or {:g}".format(*kept_by_dropout())],
    "21-1": lambda: ["{:,} and {:,}".format(*convolutions())],
    "22-1": lambda: [f"{0.8**27:.4f}"],
    "23-1": lambda: [f"{swept_twice('Tensor'):g}", f"{swept_twice('Number'):g}", str(2 * 3 + 1)],
}


@pytest.mark.parametrize("number", NUMBERS)
def test_the_numbers_of_an_answer_come_out_again(number):
    answer = BANK[number][1].split("</summary>")[1]
    for written in NUMBERS[number]():
        assert re.search(rf"(?<![\d.,]){re.escape(written)}(?![\d]|[.,]\d)", answer), written


def test_the_spread_of_a_start_is_the_one_of_the_answer():
    assert spread(core.he_normal, (1000, 784)) == pytest.approx(0.0505, abs=5e-5)
    assert spread(core.xavier_normal, (128, 784)) == pytest.approx(0.0468, abs=2e-4)


def test_every_question_to_calculate_is_computed():
    asked = {number for number, (kind, _) in BANK.items() if kind == "calculate"}
    assert asked <= set(NUMBERS) <= set(BANK)


def test_the_bank_has_fifty_two_questions_of_four_kinds_each_with_an_answer():
    assert len(BANK) == QUESTIONS.count("<details>") == QUESTIONS.count("</details>") == 52
    assert {kind for kind, _ in BANK.values()} == {"calculate", "debug", "explain", "explore"}
    assert all(text.count("<summary>Answer</summary>\n\n") == 1 for _, text in BANK.values())
    assert list(BANK) == sorted(BANK)


def squeezed(text):
    return " ".join(text.split())


def test_no_question_stands_in_a_chapter_in_the_same_words():
    chapters = [nbformat.read(path, as_version=4) for path in (ROOT / "notebooks").glob("*.ipynb")]
    text = squeezed(" ".join(cell.source for chapter in chapters for cell in chapter.cells))
    for number, (_, question) in BANK.items():
        for sentence in re.split(r"(?<=[.?])\s", question.split("<details>")[0]):
            assert len(sentence) < 30 or squeezed(sentence) not in text, number
