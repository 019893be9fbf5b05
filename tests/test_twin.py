"""core.js, which computes in the page, against mnist_core; and the files that the page reads."""

import gzip

import numpy as np
import pytest
import twin_helpers as twin

import mnist_core as core
from tools import export_page

HERE = twin.ALIVE.as_uri()
FAR = 1e-5  # the page's bar; what is reached is near 1e-13


@pytest.fixture(scope="module")
def small_cases():
    cases = twin.small_cases()
    return list(map(twin.flat, cases)), list(map(twin.wanted, cases))


@pytest.fixture(scope="module")
def drawn():
    return twin.node("draws", HERE, 7)


# ---- the same numbers


def test_every_intermediate_and_twelve_steps_of_small_networks_equal_mnist_core(small_cases):
    cases, wanted = small_cases
    for one, given, answer in zip(cases, twin.node("answers", cases, HERE), wanted, strict=True):
        assert given.keys() == answer.keys()
        for name, part in answer.items():
            assert twin.gap(given[name], part) < 1e-11, (name, one["sizes"], one["activation"])


def test_every_intermediate_of_200_test_images_equals_mnist_core():
    page = twin.page_case()
    [given] = twin.node("answers", [twin.flat(page)], HERE)
    for name, part in twin.wanted(page).items():
        assert twin.gap(given[name], part) < 1e-11, name


# ---- draws


def test_a_seed_gives_the_same_draws_and_another_seed_others(drawn):
    assert twin.node("draws", HERE, 7) == drawn
    assert twin.node("draws", HERE, 8)["normal"] != drawn["normal"]


def test_uniform_numbers_fill_0_to_1(drawn):
    uniform = np.array(drawn["uniform"])
    assert 0 <= uniform.min() < 0.01 and 0.99 < uniform.max() < 1
    assert np.histogram(uniform, 10, (0, 1))[0] == pytest.approx(500, abs=100)


@pytest.mark.parametrize("name, std", [
    ("normal", 1), ("small", 0.01), ("xavier", np.sqrt(2 / 150)), ("he", np.sqrt(2 / 50))])
def test_normal_numbers_have_mean_0_and_their_standard_deviation(drawn, name, std):
    numbers = np.array(drawn[name]) / std
    assert numbers.mean() == pytest.approx(0, abs=0.06)  # four standard errors of 5,000
    assert numbers.std() == pytest.approx(1, abs=0.04)
    assert (abs(numbers) < 1).mean() == pytest.approx(0.683, abs=0.03)
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.06


def test_zeros_are_zeros(drawn):
    assert drawn["zeros"] == [0] * 5000


def test_a_permutation_holds_every_number_once_and_in_another_order(drawn):
    assert sorted(drawn["permutation"]) == list(range(50)) != drawn["permutation"]


def test_every_number_comes_to_every_place_of_a_permutation_equally_often(drawn):
    for place in np.array(drawn["permutations"]).T:
        assert np.bincount(place, minlength=5) == pytest.approx(200, abs=60)


def test_minibatches_give_each_row_once_with_its_label_and_the_last_may_be_short(drawn):
    rows = [(X[2 * n:2 * n + 2], label) for X, y in drawn["batches"] for n, label in enumerate(y)]
    assert [len(y) for _, y in drawn["batches"]] == [4, 4, 2]
    assert all(row == [2 * label, 2 * label + 1] for row, label in rows)
    assert sorted(label for _, label in rows) == list(range(10)) != [label for _, label in rows]


# ---- refusals


def test_bad_input_is_refused_with_what_was_given_and_wanted():
    for name, refusal in twin.node("refusals", HERE).items():
        assert refusal is not None, name
        assert refusal[0] == "RangeError", (name, refusal)
        assert ": given " in refusal[1] and ", wanted " in refusal[1], (name, refusal)


# ---- the tests themselves: one fault in core.js, which they must notice

FAULTS = [
    # softmax and the loss
    ("Math.exp(logits[i + c] - largest)", "Math.exp(logits[i + c])"),
    ("largest = Math.max(largest, logits[i + c])", "largest = Math.max(largest, logits[c])"),
    ("p[i + c] /= total", "p[i + c] /= C"),
    ("+ largest - row[y[n]]", "- row[y[n]]"),
    ("+ largest - row[y[n]]", "+ largest + row[y[n]]"),
    ("total + Math.exp(z - largest)", "total + Math.exp(z)"),
    ("dlogits[n * C + y[n]] -= 1", "dlogits[n * C + y[n]] += 1"),
    ("dlogits[n * C + y[n]] -= 1", "dlogits[y[n]] -= 1"),
    ("dlogits.map((d) => d / N)", "dlogits"),
    ("return [loss / N,", "return [loss,"),

    # Linear
    ("let z = b[j];", "let z = 0;"),
    ("z += W[w + k] * x[i + k]", "z += W[w + k] * x[k]"),
    ("z += W[w + k] * x[i + k]", "z -= W[w + k] * x[i + k]"),
    ("out[n * n_out + j] = z", "out[n + j * N] = z"),
    ("this.x = x;", "this.x = this.x ?? x;"),
    ("dW.fill(0);", ""),
    ("db.fill(0);", ""),
    ("db[j] += d;", "db[j] = d;"),
    ("if (d === 0) continue;", "if (d <= 0) continue;"),
    ("dW[w + k] += d * x[i + k]", "dW[w + k] += d * x[k]"),
    ("dW[w + k] += d * x[i + k]", "dW[w + k] = d * x[i + k]"),
    ("dx[i + k] += d * W[w + k]", "dx[i + k] += d * W[k]"),
    ("dx[i + k] += d * W[w + k]", "dx[i + k] = d * W[w + k]"),
    ("    this.gradients(dout);\n    const", "    const"),

    # activations
    ("return Math.max(x, 0);", "return Math.abs(x);"),
    ("return out > 0 ? 1 : 0;", "return out >= 0 ? 1 : 0;"),
    ("d * this.slope(this.out[i])", "this.slope(this.out[i])"),
    ("d * this.slope(this.out[i])", "d * this.slope(d)"),
    ("1 / (1 + Math.exp(-x))", "1 / (1 + Math.exp(x))"),
    ("return out * (1 - out);", "return out * (1 + out);"),
    ("return 1 - out * out;", "return 1 - out;"),

    # Sequential
    ("first.gradients(others.reduceRight(", "first.gradients(others.reduce("),
    ("return this.layers.reduceRight(", "return this.layers.reduce("),

    # SGD and mini-batches
    ("W[i] -= this.lr", "W[i] += this.lr"),
    ("(dW[i] + this.l2 * W[i])", "(dW[i] - this.l2 * W[i])"),
    ("(dW[i] + this.l2 * W[i])", "dW[i]"),
    ("(dW[i] + this.l2 * W[i])", "(dW[i] + this.l2)"),
    ("(n) => y[n]", "(n, i) => y[i]"),
    ("X.subarray(n * D, n * D + D), i * D", "X.subarray(n * D, n * D + D), 0"),
    ("start + batch_size)", "start + batch_size - 1)"),
    ("start < y.length;", "start + batch_size <= y.length;"),
]


@pytest.mark.parametrize("text, fault", FAULTS)
def test_a_fault_in_core_js_is_noticed(small_cases, tmp_path, text, fault):
    cases, wanted = small_cases
    source = (twin.ALIVE / "core.js").read_text(encoding="utf-8")
    assert source.count(text) == 1, "this text isn't in core.js once: write the fault anew"
    (tmp_path / "core.js").write_text(source.replace(text, fault), encoding="utf-8")
    try:
        given = twin.node("answers", cases, tmp_path.as_uri())
    except AssertionError as error:  # the twin itself refuses what comes of the fault
        assert "RangeError: " in str(error)
        return
    assert twin.gap(given, wanted) > FAR


# ---- the files that the page reads


def test_the_weights_weigh_less_than_120_kb_and_the_digits_less_than_300():
    sizes = {name: len(gzip.compress((twin.ALIVE / name).read_bytes()))
             for name in ("network.bin", "network.json", "digits.bin", "samples.bin")}
    assert sizes["network.bin"] + sizes["network.json"] < 120_000
    assert sizes["digits.bin"] < 300_000
    assert sizes["samples.bin"] < 20_000


def test_eight_bits_cost_less_than_a_tenth_of_a_point_on_all_test_images(mnist):
    _, _, X, y = mnist
    net, about = export_page.read_network()
    assert about["quantised"] == export_page.percent(net, X, y) > 97
    assert abs(about["quantised"] - about["float32"]) < 0.1


def test_a_weight_is_off_by_half_a_step_at_most():
    W = np.random.default_rng(0).standard_normal((5, 40)) * [[0], [1e-3], [1], [10], [1e3]]
    whole, scales = export_page.quantise(W)
    assert whole.dtype == np.int8 and (abs(whole).max(axis=1) == [0, 127, 127, 127, 127]).all()
    assert (abs(whole * scales[:, None] - W) <= 0.501 * scales[:, None]).all()


def test_the_stored_digits_are_those_that_the_tool_draws(mnist):
    X, y, X_test, y_test = mnist
    fresh = export_page.digits(X, y, np.random.default_rng(export_page.SEED))
    stored = (twin.ALIVE / "digits.bin").read_bytes()
    assert gzip.decompress(stored) == gzip.decompress(fresh)
    net, _ = export_page.read_network()
    assert export_page.samples(net, X_test, y_test) == (twin.ALIVE / "samples.bin").read_bytes()


def test_digits_are_balanced_and_none_is_in_both_parts(mnist):
    X, y, _, _ = mnist
    rng = np.random.default_rng(export_page.SEED)
    training = export_page.draw(y[:50_000], export_page.TRAINING, rng)
    held_out = 50_000 + export_page.draw(y[50_000:], export_page.HELD_OUT, rng)
    assert set(np.bincount(y[training])) == {200} and set(np.bincount(y[held_out])) == {50}
    assert len(set(training)) == 2000 and len(set(held_out)) == 500
    assert training.max() < 50_000 <= held_out.min()


def test_samples_are_an_easy_one_and_a_hard_one_of_each_digit():
    records = np.frombuffer((twin.ALIVE / "samples.bin").read_bytes(), np.uint8).reshape(20, 785)
    assert records[:, 0].tolist() == [c for c in range(10) for _ in range(2)]
    net, _ = export_page.read_network()
    p = core.softmax(core.predict(net, records[:, 1:] / 255))
    assert (p[::2].argmax(axis=1) == range(10)).all()
    assert (p[::2].max(axis=1) > p[1::2].max(axis=1)).all()


def test_two_runs_of_chapter_11s_recipe_give_the_same_weights(mnist):
    X, y, _, _ = mnist
    first, second = (export_page.train(X[:6400], y[:6400]) for _ in range(2))
    for one, other in zip(export_page.linears(first), export_page.linears(second)):
        assert np.array_equal(one.W, other.W) and np.array_equal(one.b, other.b)
