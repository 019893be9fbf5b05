"""core.js and load.js in the browser: the numbers of mnist_core, and a sentence where a file fails.

The cases are those of tests/test_twin.py, and the file that answers them is the same.
"""

import gzip
import json
import re
from statistics import median

import numpy as np
import pytest
import twin_helpers as twin
from site_helpers import ASK

from tools.export_page import read_network

SENTENCE = re.compile(r"[A-Z][^\n]*[^ ]\.")
CALL = ("async ({folder, ask, given}) => { const twin = await import(`${folder}/answers.mjs`);"
        " return twin.as_json(await twin[ask](...JSON.parse(given))); }")


@pytest.fixture(scope="module")
def folder(base):
    return f"{base}_static/alive"


@pytest.fixture
def page(contexts, folder):
    """A page of the site without anything on it; answers.mjs lies beside core.js for it."""
    page = contexts["light"].new_page()
    page.route(f"{folder}/answers.mjs", lambda route: route.fulfill(
        path=twin.TWIN / "answers.mjs", content_type="text/javascript"))
    page.goto(f"{folder}/core.js")
    yield page
    page.close()


@pytest.fixture
def compute(page, folder):
    """compute(ask, *given): what a function of answers.mjs answers, in the browser."""
    def computed(ask, *given):
        given = json.dumps(given, default=np.ndarray.tolist)
        answer = page.evaluate(CALL, {"folder": folder, "ask": ask, "given": given})
        return json.loads(answer)

    return computed


@pytest.fixture
def load(page, folder):
    """load(ask): the answer of load.js, or the sentence with which it refuses."""
    def loaded(ask, given=None):
        return page.evaluate(ASK["loading"], {"folder": folder, "ask": ask, "given": given})

    return loaded


def told(answer):
    """The sentence in which a failure is told: one, and a whole one."""
    sentence = answer["error"]
    assert SENTENCE.fullmatch(sentence) and ". " not in sentence, sentence
    return sentence


# ---- the same numbers


def test_small_networks_give_the_numbers_of_mnist_core_and_of_node(compute, folder):
    cases = twin.small_cases()
    questions = [twin.flat(one) for one in cases]
    given = compute("answers", questions, folder)
    assert twin.gap(given, [twin.wanted(one) for one in cases]) < 1e-11
    assert twin.gap(given, twin.node("answers", questions, twin.ALIVE.as_uri())) < 1e-12


def test_the_loaded_network_gives_every_intermediate_of_200_test_images(compute, folder):
    page_case = twin.page_case()
    images = {"x": page_case["x"].ravel(), "y": page_case["y"]}  # the page loads its own weights
    [given] = compute("answers", [images], folder)
    for name, part in twin.wanted(page_case).items():
        assert twin.gap(given[name], part) < 1e-11, name


def test_draws_and_refusals_are_those_of_node(compute, folder):
    here = twin.ALIVE.as_uri()
    assert twin.gap(compute("draws", folder, 7), twin.node("draws", here, 7)) < 1e-12
    assert compute("refusals", folder) == twin.node("refusals", here)


@pytest.mark.alone
def test_an_epoch_of_784_32_10_on_2000_digits_takes_less_than_half_a_second(load):
    assert median(load("epochs")["answer"]) < 0.5


# ---- what is loaded


def test_the_loaded_network_is_the_stored_one_and_says_how_good_it_is(load):
    net, about = read_network()
    answer = load("network")["answer"]
    assert answer["layers"] == ["Linear", "ReLU", "Linear"]
    assert answer["about"] == {name: about[name] for name in ("float32", "quantised", "recipe")}
    for given, (W, _) in zip(answer["parameters"], net.parameters(), strict=True):
        assert twin.gap(given, W.ravel()) < 1e-15


def test_the_loaded_digits_are_those_of_the_file_in_16_levels(load):
    packed = np.frombuffer(gzip.decompress((twin.ALIVE / "digits.bin").read_bytes()), np.uint8)
    y, pairs = np.split(packed.reshape(2500, 393), [1], axis=1)
    X = np.stack([pairs >> 4, pairs & 15], axis=2).reshape(2500, 784) / 15
    answer = load("digits")["answer"]
    assert answer["y_train"] == y[:2000, 0].tolist() and answer["y_val"] == y[2000:, 0].tolist()
    assert answer["first"] == X[0].tolist()
    assert answer["sums"] == pytest.approx(X.sum(axis=1))


def test_the_loaded_samples_are_two_test_images_of_each_digit(load, mnist):
    _, _, X, y = mnist
    samples = load("samples")["answer"]
    assert [sample["label"] for sample in samples] == [c for c in range(10) for _ in range(2)]
    for sample in samples:
        [n] = np.flatnonzero(abs(X - sample["pixels"]).max(axis=1) < 1e-6)
        assert y[n] == sample["label"]


# ---- files that fail

FILES = [("network", "network.bin"), ("network", "network.json"), ("digits", "digits.bin"),
         ("samples", "samples.bin")]


@pytest.mark.parametrize("ask, name", FILES)
def test_a_missing_file_is_told(page, load, folder, ask, name):
    page.route(f"{folder}/{name}", lambda route: route.fulfill(status=404))
    sentence = told(load(ask))
    assert name in sentence and "404" in sentence


@pytest.mark.parametrize("ask, name", FILES)
def test_a_lost_connection_is_told(page, load, folder, ask, name):
    page.route(f"{folder}/{name}", lambda route: route.abort())
    sentence = told(load(ask))
    assert name in sentence and "connection" in sentence


@pytest.mark.parametrize("ask, name", FILES)
def test_a_file_cut_short_is_told(page, load, folder, ask, name):
    half = (twin.ALIVE / name).read_bytes()
    page.route(f"{folder}/{name}", lambda route: route.fulfill(body=half[:len(half) // 2]))
    sentence = told(load(ask))
    assert name in sentence and "reload" in sentence


@pytest.mark.parametrize("change", [
    "nonsense", "null", "[]", '"text"', "{}", {"sizes": "784"}, {"sizes": [784, 64, 10]},
    {"sizes": []}, {"scales": None}, {"scales": [[], []]}, {"quantised": "98"}, {"float32": None},
    {"recipe": 3}, {"b": None}, {"b": [[0] * 128, [0] * 9]}, {"b": [[0] * 128, ["1"] * 10]}])
def test_nonsense_in_network_json_is_told(page, load, folder, change):
    _, about = read_network()
    text = change if isinstance(change, str) else json.dumps(about | change)
    page.route(f"{folder}/network.json", lambda route: route.fulfill(body=text))
    sentence = told(load("network"))
    assert "network" in sentence and "undefined" not in sentence


def test_a_browser_that_cannot_unpack_the_digits_says_so(load):
    load("forget")
    assert "DecompressionStream" in told(load("digits"))


# ---- a network on its way to another page


@pytest.mark.parametrize("widths, activation", [
    ([], "ReLU"), ([32], "ReLU"), ([16, 8], "Sigmoid"), ([8, 8, 8], "Tanh")])
def test_a_kept_network_comes_back_to_six_digits(load, widths, activation):
    answer = load("round", {"widths": widths, "activation": activation})["answer"]
    before, after = answer["before"], answer["after"]
    assert after["layers"] == before["layers"] and after["about"] == before["about"]
    for given, wanted in zip(after["parameters"], before["parameters"], strict=True):
        assert given == pytest.approx(wanted, rel=1e-5)


def test_a_network_reads_784_pixels_and_tells_10_digits(load):
    assert load("make", [784, 10]) == {"answer": 1}
    assert load("make", [784, 5, 5, 10]) == {"answer": 5}
    for sizes in [783, 10], [784, 9], [784], [784, 2.5, 10], []:
        assert "784 pixels" in told(load("make", sizes))


def test_where_none_is_kept_there_is_none(load):
    assert load("kept") == {"answer": None}


def test_a_network_that_diverged_is_not_kept(load):
    assert "finite" in told(load("keep_diverged"))
    assert load("kept") == {"answer": None}


def test_a_full_store_is_told(load):
    load("fill")
    assert "store" in told(load("keep"))


def test_a_forbidden_store_is_told(load):
    load("forbid")
    assert "store" in told(load("keep"))
    assert "store" in told(load("kept"))


@pytest.mark.parametrize("given", [
    "{", "3", '"text"', "[]", "{}", {"sizes": [784, 5, 10]}, {"sizes": [784, 4, 9]},
    {"sizes": [10, 784]}, {"sizes": 3}, {"sizes": [784, -4, 10]}, {"activation": "toString"},
    {"activation": 5}, {"W": None}, {"W": [[1], [2]]}, {"W": [3, 4]},
    {"b": [[0, 0, 0, None], [0] * 10]}, {"b": [[0, 0, 0, "0"], [0] * 10]},
    {"about": None}, {"about": "text"}])
def test_a_kept_network_that_was_tampered_with_is_refused(load, given):
    assert "network" in told(load("store", given))
