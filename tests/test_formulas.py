"""The proofs of the ledger: each labelled formula against a second derivation by machine.

The slopes are checked by the complex step, f(x + ih) = f(x) + ih f'(x) + ..., which subtracts
nothing and so loses no digits: Squire and Trapp (1998), https://doi.org/10.1137/S003614459631241X.
"""

import ast
import itertools
import math
import re
from pathlib import Path

import checks
import nbformat
import numpy as np
import pytest

import mnist_core as core
from tools import ledger

ROOT = Path(__file__).resolve().parent.parent
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def formula(number, code):
    """Mark a test as the check of a formula, and name the line of code that the formula became."""
    return pytest.mark.formula(number, code)


def slopes(f, x, h=1e-30):
    """∂f/∂x for every entry of x and of f, by the complex step: the shape of f, then that of x."""
    columns = []
    for i in np.ndindex(x.shape):
        nudged = x.astype(complex)
        nudged[i] += 1j * h
        columns.append(np.imag(f(nudged)) / h)
    return np.moveaxis(np.reshape(columns, (*x.shape, *np.shape(columns[0]))),
                       range(x.ndim), range(-x.ndim, 0))


@pytest.fixture
def normal():
    """Standard normal numbers of a shape."""
    return np.random.default_rng(0).standard_normal


# ---- 01 digits as numbers


@formula("1.1", "return squares - 2 * A @ B.T + (B * B).sum(axis=1)")
def test_the_squared_distance_expanded(normal):
    a, b = normal(7), normal(7)
    assert math.isclose(math.dist(a, b) ** 2, a @ a - 2 * a @ b + b @ b, rel_tol=1e-12)


@formula("1.2", "return squares - 2 * A @ B.T + (B * B).sum(axis=1)")
def test_all_squared_distances(normal):
    A, B = normal((4, 6)), normal((5, 6))
    Q = [[math.dist(a, b) ** 2 for b in B] for a in A]
    expanded = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)
    assert np.allclose(expanded, Q, **CLOSE)


@formula("1.3", "math.sqrt(q * (1 - q) / N)")
def test_the_standard_error_of_an_accuracy():
    """Against the exact distribution of the number of right answers, the binomial."""
    N, q = 12, 0.8
    chance = [math.comb(N, k) * q**k * (1 - q) ** (N - k) for k in range(N + 1)]
    mean = sum(c * k / N for k, c in enumerate(chance))
    var = sum(c * (k / N - mean) ** 2 for k, c in enumerate(chance))
    assert math.isclose(math.sqrt(var), math.sqrt(q * (1 - q) / N), rel_tol=1e-12)


@formula("1.4", "2 * math.sqrt(M + S)")
def test_the_rule_for_a_difference():
    """Against all tosses of n fair coins: the mean square is n, and 19 in 20 stay within 2 √n."""
    for n in (100, 101, 400):
        chance = {2 * M - n: math.comb(n, M) / 2**n for M in range(n + 1)}  # by M - S
        assert math.isclose(sum(p * gap**2 for gap, p in chance.items()), n, rel_tol=1e-12)
        inside = sum(p for gap, p in chance.items() if abs(gap) < 2 * math.sqrt(n))
        assert 0.94 < inside < 0.96

# ---- 02 the linear layer


@formula("2.1", "return x @ W.T + b")
def test_the_linear_layer_of_one_example(normal):
    x, W, b = normal(4), normal((3, 4)), normal(3)
    z = [sum(W[j, k] * x[k] for k in range(4)) + b[j] for j in range(3)]
    assert np.allclose(x @ W.T + b, z, **CLOSE) and np.allclose(W @ x + b, z, **CLOSE)


@formula("2.2", "return x @ self.W.T + self.b")
def test_the_linear_layer_of_a_batch(normal):
    layer = core.Linear(4, 3, np.random.default_rng(0)).to(np.float64)
    layer.b += normal(3)
    X = normal((5, 4))
    assert np.allclose(layer.forward(X), [layer.W @ x + layer.b for x in X], **CLOSE)


@formula("2.3", "b_means = -(means**2).sum(axis=1) / 2")
def test_the_nearest_mean_is_a_linear_layer(normal):
    means, X = normal((3, 6)), normal((50, 6))
    nearest = [min(range(3), key=lambda j: math.dist(x, means[j])) for x in X]
    z = X @ means.T - (means**2).sum(axis=1) / 2
    assert z.argmax(axis=1).tolist() == nearest and len(set(nearest)) == 3


# ---- 03 the bend


@formula("3.1", "W, b = W2 @ W1, W2 @ b1 + b2")
def test_two_linear_layers_are_one(normal):
    x, W1, b1, W2, b2 = normal((5, 4)), normal((6, 4)), normal(6), normal((3, 6)), normal(3)
    two = (x @ W1.T + b1) @ W2.T + b2
    assert np.allclose(two, x @ (W2 @ W1).T + W2 @ b1 + b2, **CLOSE)


@formula("3.2", "return np.maximum(x, 0)")
def test_relu():
    z = np.array([[-2.0, 0.0, 3.0]])
    assert np.array_equal(core.ReLU().forward(z), (z + abs(z)) / 2)


@formula("3.3", "relu(z) + relu(-z)")
def test_two_relus_make_a_fold(normal):
    z, relu = normal((3, 4)), core.ReLU()
    assert np.allclose(relu.forward(z) + relu.forward(-z), np.sqrt(z * z), **CLOSE)


@formula("3.4", "return dout * (self.x > 0)")
def test_the_derivative_of_relu(normal):
    z, relu = normal((3, 4)), core.ReLU()
    relu.forward(z)
    by_step = slopes(lambda z: np.where(z.real > 0, z, 0).sum(), z)
    assert np.allclose(relu.backward(np.ones_like(z)), by_step, **CLOSE)


@formula("3.5", "(z > 0) @ changes")
def test_the_derivative_of_a_sum_of_hinges(normal):
    b1, W2, x = normal(6), normal(6), normal(1)
    by_step = slopes(lambda x: W2 @ np.where((x + b1).real > 0, x + b1, 0), x)
    assert np.allclose([W2 @ (x + b1 > 0)], by_step, **CLOSE)


@formula("3.6", "changes = np.diff(slopes, prepend=0)")
def test_changes_of_slope(normal):
    """Hinges with these changes pass through every point."""
    x, f = np.sort(normal(6)), normal(6)
    W2 = np.diff(np.diff(f) / np.diff(x), prepend=0)
    through = np.maximum(0, x[:, None] - x[:-1]) @ W2 + f[0]
    assert np.allclose(through, f, **CLOSE)


@formula("3.7", "\"sigmoid\": a * (1 - a)")
def test_the_derivatives_of_sigmoid_and_tanh(normal):
    z = normal(9)
    a, t = 1 / (1 + np.exp(-z)), np.tanh(z)
    assert np.allclose(a * (1 - a), np.diag(slopes(lambda z: 1 / (1 + np.exp(-z)), z)), **CLOSE)
    assert np.allclose(1 - t**2, np.diag(slopes(np.tanh, z)), **CLOSE)


# ---- 04 softmax


def plain_softmax(z):
    """Softmax of real or complex scores along the last axis, by its definition."""
    odds = np.exp(z)
    return odds / odds.sum(axis=-1, keepdims=True)


@formula("4.1", "return odds / odds.sum(axis=-1, keepdims=True)")
def test_softmax(normal):
    z = normal((4, 3))
    by_hand = [[math.exp(s) / sum(map(math.exp, row)) for s in row] for row in z.tolist()]
    assert np.allclose(core.softmax(z), by_hand, **CLOSE)


@formula("4.2", "np.log(p[:, 0] / p[:, 1])")
def test_a_difference_of_logits_is_a_log_of_odds(normal):
    z = normal(4)
    p = core.softmax(z)
    assert np.allclose(np.log(p[:, None] / p), z[:, None] - z, **CLOSE)


@formula("4.3", "odds = np.exp(logits - logits.max(axis=-1, keepdims=True))")
def test_a_shift_changes_nothing(normal):
    z = normal((4, 3))
    assert np.allclose(core.softmax(z + 700), plain_softmax(z), **CLOSE)


@formula("4.4", "plain_softmax(logits / T")
def test_a_temperature_raises_the_odds_to_a_power(normal):
    z, T = normal(4), 2.5
    power = plain_softmax(z) ** (1 / T)
    assert np.allclose(core.softmax(z / T), power / power.sum(), **CLOSE)


@formula("4.5", "m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))")
def test_log_sum_exp(normal):
    z = normal(4)
    m = z.max()
    lse = m + math.log(np.exp(z - m).sum())
    assert np.allclose(np.log(plain_softmax(z)), z - lse, **CLOSE)
    assert math.isclose(lse, np.logaddexp.reduce(z), rel_tol=1e-12)


@formula("4.6", "measured(lse, z)[0]")
def test_the_slope_of_log_sum_exp_is_softmax(normal):
    z = normal(4)
    by_step = slopes(lambda z: np.log(np.exp(z).sum()), z)
    assert np.allclose(core.softmax(z), by_step, **CLOSE)


@formula("4.7", "J = np.diag(p) - np.outer(p, p)")
def test_the_jacobian_of_softmax(normal):
    z = normal(4)
    p = core.softmax(z)
    assert np.allclose(np.diag(p) - np.outer(p, p), slopes(plain_softmax, z), **CLOSE)


# ---- 05 cross-entropy and its gradient


def mean_surprise(logits, y):
    """The cross-entropy of a batch, real or complex, by its definition."""
    return -np.log(plain_softmax(logits)[np.arange(len(y)), y]).mean()


@formula("5.1", "-np.log(p)")
def test_the_loss_of_one_example(normal):
    """Surprises of independent events add, since their chances multiply."""
    p, q = plain_softmax(normal(4))[:2]
    assert math.isclose(-math.log(p * q), -math.log(p) - math.log(q), rel_tol=1e-12)
    assert math.isclose(core.softmax_cross_entropy(np.log([[p, 1 - p]]), [0])[0], -math.log(p),
                        rel_tol=1e-12)


@formula("5.2", "loss = (np.log(total[:, 0]) - shifted[rows, y]).sum() / N")
def test_cross_entropy(normal):
    logits, y = normal((5, 4)), [0, 3, 1, 1, 2]
    likelihood = math.prod(plain_softmax(logits)[np.arange(5), y])
    assert math.isclose(core.softmax_cross_entropy(logits, y)[0], -math.log(likelihood) / 5,
                        rel_tol=1e-12)


@formula("5.3", "return np.log(np.exp(z).sum()) - z[y]")
def test_the_loss_from_the_scores(normal):
    z = normal(4)
    assert math.isclose(np.log(np.exp(z).sum()) - z[2], -math.log(core.softmax(z)[2]),
                        rel_tol=1e-12)


@formula("5.4", "print((J @ dp).round(6))")
def test_the_gradient_of_one_example_through_the_jacobian(normal):
    z, y = normal(4), 2
    p = core.softmax(z)
    dp = np.where(np.arange(4) == y, -1 / p, 0)
    by_step = slopes(lambda z: mean_surprise(z[None], [y]), z)
    assert np.allclose((np.diag(p) - np.outer(p, p)) @ dp, by_step, **CLOSE)


@formula("5.5", "dlogits[rows, y] -= 1")
def test_the_gradient_of_one_example_from_log_sum_exp(normal):
    z, y = normal(4), 2
    by_step = slopes(lambda z: np.log(np.exp(z).sum()) - z[y], z)
    assert np.allclose(core.softmax(z) - np.eye(4)[y], by_step, **CLOSE)


@formula("5.6", "return float(loss), dlogits / N")
def test_the_gradient_of_the_batch(normal):
    logits, y = normal((5, 4)), np.array([0, 3, 1, 1, 2])
    by_step = slopes(lambda logits: mean_surprise(logits, y), logits)
    assert np.allclose(core.softmax_cross_entropy(logits, y)[1], by_step, **CLOSE)


@formula("5.7", "W -= lr * (dlogits.T @ X[rows])")
def test_the_gradient_of_a_linear_classifier(normal):
    X, W, b, y = normal((5, 6)), normal((4, 6)), normal(4), np.array([0, 3, 1, 1, 2])
    dlogits = core.softmax_cross_entropy(X @ W.T + b, y)[1]
    dW = slopes(lambda W: mean_surprise(X @ W.T + b, y), W)
    db = slopes(lambda b: mean_surprise(X @ W.T + b, y), b)
    assert np.allclose(dlogits.T @ X, dW, **CLOSE)
    assert np.allclose(dlogits.sum(axis=0), db, **CLOSE)


@formula("5.8", "return loss, p * (wrong - mean) / len(y)")
def test_the_gradient_of_squared_error_behind_softmax(normal):
    z, onehot = normal(4), np.eye(4)[2]
    p = core.softmax(z)
    by_step = slopes(lambda z: ((plain_softmax(z) - onehot) ** 2).sum() / 2, z)
    assert np.allclose((np.diag(p) - np.outer(p, p)) @ (p - onehot), by_step, **CLOSE)


# ---- 06 the chain rule


@formula("6.1", "yen_per_franc = yen_per_dollar * dollars_per_franc")
def test_along_a_path_slopes_multiply():
    w = np.array([0.7])
    by_step = slopes(lambda w: np.exp(np.sin(w[0])), w)
    assert np.allclose(math.exp(math.sin(0.7)) * math.cos(0.7), by_step, **CLOSE)


@formula("6.2", "total += slope * derivative(end, edges)")
def test_where_paths_meet_they_add():
    w = np.array([0.7])
    by_step = slopes(lambda w: np.sin(w[0]) * np.exp(w[0]), w)
    paths = math.exp(0.7) * math.cos(0.7) + math.sin(0.7) * math.exp(0.7)
    assert np.allclose(paths, by_step, **CLOSE)


def hidden_layer(normal):
    """A network of one hidden layer on one example, its gradients, and its loss as a function."""
    x, W1, b1, W2, b2, y = normal(4), normal((5, 4)), normal(5), normal((3, 5)), normal(3), 1

    def loss(W1, b1, W2, b2):
        z1 = W1 @ x + b1
        return mean_surprise((W2 @ np.where(z1.real > 0, z1, 0) + b2)[None], [y])

    z1 = W1 @ x + b1
    a1 = np.maximum(0, z1)
    dz2 = core.softmax(W2 @ a1 + b2) - np.eye(3)[y]
    dz1 = (z1 > 0) * (W2.T @ dz2)
    return x, a1, dz1, dz2, (W1, b1, W2, b2), loss


@formula("6.3", "dz2 = p - np.eye(len(p))[y]")
def test_the_gradient_at_the_scores(normal):
    _, _, _, dz2, (W1, b1, W2, b2), loss = hidden_layer(normal)
    assert np.allclose(dz2, slopes(lambda b2: loss(W1, b1, W2, b2), b2), **CLOSE)


@formula("6.4", "return np.outer(dz1, x), dz1, np.outer(dz2, a1), dz2")
def test_the_gradient_at_weights_and_biases(normal):
    x, a1, dz1, dz2, (W1, b1, W2, b2), loss = hidden_layer(normal)
    assert np.allclose(np.outer(dz1, x), slopes(lambda W1: loss(W1, b1, W2, b2), W1), **CLOSE)
    assert np.allclose(np.outer(dz2, a1), slopes(lambda W2: loss(W1, b1, W2, b2), W2), **CLOSE)


@formula("6.5", "dz1 = (z1 > 0) * (W2.T @ dz2)")
def test_the_gradient_at_a_hidden_unit(normal):
    _, _, dz1, _, (W1, b1, W2, b2), loss = hidden_layer(normal)
    assert np.allclose(dz1, slopes(lambda b1: loss(W1, b1, W2, b2), b1), **CLOSE)


def test_the_tables_of_chapter_06_are_what_their_middle_column_says():
    """Each row of the sheet of paper: worked out as written, and as the lab asks for it."""
    chapter = ROOT / "notebooks" / "06_the_chain_rule.ipynb"
    cells = nbformat.read(chapter, 4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    rows = re.findall(r"^\| \$(\w+(?:\[.*\])?)\$ \| \$(.*)\$ \| \$(-?[\d.]+)\$ \|$", text, re.M)
    W1, W2 = np.array([[-1, 1], [-2, 3]]), np.array([[-1, 3], [2, -2]])
    sheet = checks.on_paper(np.array([2, 3]), 1, W1, np.array([3, -3]), W2, np.array([1, -3]))
    asked = {"d" * (step["kind"] == "slope") + step["of"]: step["answer"]
             for step in sheet["steps"]}
    assert len(rows) == len(asked) == 25
    for name, by_hand, result in rows:
        plain = by_hand.replace(r"\cdot", "*").replace("\\", "")
        worked_out = eval(plain, {"max": max, "log": math.log})
        number = asked[name.replace("_", "").replace("L", "loss")]
        assert round(worked_out, 4) == round(float(number), 4) == float(result), name


# ---- 07 backpropagation


def linear_backward(normal):
    """A linear layer that went forward and backward: (layer, x, dout, dx)."""
    layer = core.Linear(4, 3, np.random.default_rng(0)).to(np.float64)
    layer.b += normal(3)
    x, dout = normal((5, 4)), normal((5, 3))
    layer.forward(x)
    return layer, x, dout, layer.backward(dout)


@formula("7.1", "self.dW = dout.T @ self.x")
def test_weights_of_a_linear_layer(normal):
    layer, x, dout, _ = linear_backward(normal)
    by_step = slopes(lambda W: ((x @ W.T + layer.b) * dout).sum(), layer.W)
    assert np.allclose(layer.dW, by_step, **CLOSE)


@formula("7.2", "self.db = dout.sum(axis=0)")
def test_biases_of_a_linear_layer(normal):
    layer, x, dout, _ = linear_backward(normal)
    by_step = slopes(lambda b: ((x @ layer.W.T + b) * dout).sum(), layer.b)
    assert np.allclose(layer.db, by_step, **CLOSE)


@formula("7.3", "return dout @ self.W")
def test_inputs_of_a_linear_layer(normal):
    layer, x, dout, dx = linear_backward(normal)
    by_step = slopes(lambda x: ((x @ layer.W.T + layer.b) * dout).sum(), x)
    assert np.allclose(dx, by_step, **CLOSE)


@formula("7.4", "return dout * (self.x > 0)")
def test_relu_backward(normal):
    z, da, relu = normal((5, 4)), normal((5, 4)), core.ReLU()
    relu.forward(z)
    by_step = slopes(lambda z: (np.where(z.real > 0, z, 0) * da).sum(), z)
    assert np.allclose(relu.backward(da), by_step, **CLOSE)


@formula("7.5", "dout = layer.backward(dout)")
def test_a_stack_of_layers(normal):
    rng = np.random.default_rng(0)
    first, last = core.Linear(4, 6, rng), core.Linear(6, 3, rng)
    net = core.Sequential(first, core.ReLU(), last).to(np.float64)
    x, dout = normal((5, 4)), normal((5, 3))

    def loss(x, W):
        z = x @ W.T + first.b
        return ((np.where(z.real > 0, z, 0) @ last.W.T + last.b) * dout).sum()

    net.forward(x)
    assert np.allclose(net.backward(dout), slopes(lambda x: loss(x, first.W), x), **CLOSE)
    assert np.allclose(first.dW, slopes(lambda W: loss(x, W), first.W), **CLOSE)


# ---- 08 checking gradients


@formula("8.1", "slope / (2 * h)")
def test_the_central_difference():
    """On a cubic the series ends: the error is h² f'''/6 and nothing else."""
    x, h = 0.7, 0.125
    found = core.numerical_gradient(lambda x: (x**3).sum(), np.array([x]), h=h)
    assert np.allclose(found, 3 * x**2 + h**2 / 6 * 6, **CLOSE)


@formula("8.2", "(np.exp(x + h) - np.exp(x - h)) / (2 * h)")
def test_the_round_off_of_the_slope():
    """Where truncation is negligible, the error stays under a few u |f| / h and reaches it."""
    u, h = 2.0**-53, 1e-9
    x = np.linspace(1, 2, 400)
    errors = abs((np.exp(x + h) - np.exp(x - h)) / (2 * h) - np.exp(x)) / (u * np.exp(x) / h)
    assert 0.3 < errors.max() < 4


@formula("8.3", "(np.exp(x + h) - np.exp(x - h)) / (2 * h)")
def test_the_best_step():
    """The sum h² f'''/6 + u f/h is smallest there: its slope changes sign."""
    u, f = 2.0**-53, math.e
    h = (3 * u * f / f) ** (1 / 3)

    def slope(h):
        return h * f / 3 - u * f / h**2

    assert slope(h * (1 - 1e-10)) < 0 < slope(h * (1 + 1e-10))


@formula("8.4", "around[a] + around[-a] for a in (h, h / 2)")
def test_the_second_difference():
    """On a quadratic the series ends there, and halving h divides it by 4."""
    x, h = 0.7, 0.125
    second = [(x + a) ** 2 - 2 * x**2 + (x - a) ** 2 for a in (h, h / 2)]
    assert np.allclose(second, [2 * h**2, 2 * h**2 / 4], **CLOSE)


@formula("8.5", "abs(a - n)[smooth].max() / largest")
def test_the_error_of_a_gradient():
    """A layer whose dx is 1/4 too large in one entry is off by that in units of the largest."""
    seen = []

    class Off(core.ReLU):
        def backward(self, dout):
            seen.append(abs(dout[0]))
            return super().backward(dout) * [1.25, 1, 1]

    found = core.gradient_check(Off(), np.array([[1.0, 2.0, 3.0]]), np.random.default_rng(0))
    dout = seen[0]
    largest = max(1.25 * dout[0], dout[1], dout[2])
    assert math.isclose(found, 0.25 * dout[0] / largest, rel_tol=1e-7)


# ---- 09 descent and mini-batches


def bowl(normal):
    """A turned bowl L = wᵀ A w / 2: the matrix and its curvatures, in ascending order."""
    turn = np.linalg.qr(normal((2, 2)))[0]
    curvatures = np.array([0.5, 4.0])
    return turn @ np.diag(curvatures) @ turn.T, curvatures


@formula("9.1", "W -= lr * dW")
def test_gradient_descent(normal):
    net = core.Linear(4, 3, np.random.default_rng(0)).to(np.float64)
    net.dW, net.db = normal((3, 4)), normal(3)
    W, dW = net.W.copy(), net.dW.copy()
    core.SGD(net, 0.3).step()
    assert np.allclose(net.W, W - 0.3 * dW, **CLOSE)


@formula("9.2", "promised = lr * sum((dW**2).sum() for _, dW in net.parameters())")
def test_what_a_small_step_gains(normal):
    """The slope of the gain in the rate, at rate 0, by the complex step."""
    X, W, y = normal((5, 6)), normal((4, 6)), np.array([0, 3, 1, 1, 2])
    dW = core.softmax_cross_entropy(X @ W.T, y)[1].T @ X
    by_step = slopes(lambda lr: mean_surprise(X @ (W - lr[0] * dW).T, y), np.zeros(1))
    assert np.allclose(-(dW**2).sum(), by_step, **CLOSE)


@formula("9.3", "places.append(places[-1] - lr * dw)")
def test_a_step_in_a_bowl():
    w, lr, curvature = np.array([0.7]), 0.3, 2.5
    by_step = slopes(lambda w: curvature * w[0] ** 2 / 2, w)
    assert np.allclose(w - lr * by_step, (1 - lr * curvature) * w, **CLOSE)


@formula("9.4", "places.append(places[-1] - lr * dw)")
def test_the_bound():
    sizes = [abs((1 - lr * 2.5) ** 1000) for lr in (0.999 * 2 / 2.5, 2 / 2.5, 1.001 * 2 / 2.5)]
    assert sizes[0] < 0.2 and math.isclose(sizes[1], 1, rel_tol=1e-9) and sizes[2] > 5


@formula("9.5", "2 / curvatures.max()")
def test_the_bound_in_many_directions(normal):
    """A step multiplies w by 1 - ηA: its largest factor passes 1 exactly at the bound."""
    A, curvatures = bowl(normal)
    for share in (0.999, 1, 1.001):
        step = np.eye(2) - share * 2 / curvatures.max() * A
        largest = max(abs(np.linalg.eigvalsh(step)))
        assert math.isclose(largest, max(2 * share - 1, 1 - share / 4), rel_tol=1e-12)


def every_batch(g, B, replace):
    """The mean of every batch of B that can be drawn from g, each as likely as any other."""
    draws = itertools.product(g, repeat=B) if replace else itertools.combinations(g, B)
    return np.array([np.mean(batch) for batch in draws])


@formula("9.6", "pairs = [(a + b) / 2 for a, b in combinations(said, 2)]")
def test_the_gradient_of_a_batch_is_right_on_average(normal):
    g = normal(6)
    for replace in (True, False):
        assert math.isclose(every_batch(g, 3, replace).mean(), g.mean(), rel_tol=1e-10)


@formula("9.7", "g.std() / math.sqrt(B)")
def test_the_spread_of_a_poll_with_replacement(normal):
    g = normal(6)
    assert math.isclose(every_batch(g, 3, True).std(), g.std() / math.sqrt(3), rel_tol=1e-10)


@formula("9.8", "np.var(pairs)")
def test_the_spread_of_a_poll_without_replacement(normal):
    g = normal(6)
    wanted = g.var() / 3 * (6 - 3) / (6 - 1)
    assert math.isclose(every_batch(g, 3, False).var(), wanted, rel_tol=1e-10)


# ---- 10 where to start


def signs(count, size=0.7):
    """Every way to draw `count` weights that are size or -size: (2^count, count)."""
    return size * np.array(list(itertools.product((-1, 1), repeat=count)))


@formula("10.1", "0.02**2 * (image**2).sum()")
def test_the_variance_of_a_weighted_sum():
    """Over all draws, exactly; x has a mean that is not 0."""
    x = np.array([0.5, 2, 3, 1, 0.2])
    z = signs(5) @ x
    assert math.isclose(np.mean(z), 0, abs_tol=1e-12)
    assert math.isclose(np.var(z), 5 * 0.7**2 * np.mean(x**2), rel_tol=1e-12)


@formula("10.2", "dout = linear.backward(dz)")
def test_the_variance_of_a_gradient():
    """dz (1, 4) through every W (4, 1): the sum runs over what comes out."""
    dz = np.array([0.5, -2, 3, 1])
    dx = signs(4) @ dz
    assert math.isclose(np.var(dx), 4 * 0.7**2 * np.mean(dz**2), rel_tol=1e-12)


@formula("10.3", "normal(math.sqrt(2 / (n_in + n_out)))(shape, rng)")
def test_xavier():
    """Forward and back, the two factors have the mean 1."""
    var = core.xavier_normal((300, 900), np.random.default_rng(0)).var()
    assert math.isclose((900 * var + 300 * var) / 2, 1, rel_tol=0.01)


@formula("10.4", "z = linear.forward(x)")
def test_from_layer_to_layer():
    """Over all draws of two layers, ReLU between them: 3 inputs, 2 hidden units, 1 output."""
    x = np.array([0.5, 2, 3])
    squares = [], []
    for draw in signs(8):
        a = np.maximum(draw[:6].reshape(2, 3) @ x, 0)
        squares[0].append(np.mean(a**2))
        squares[1].append((draw[6:] @ a) ** 2)
    assert math.isclose(np.mean(squares[1]), 2 * 0.7**2 * np.mean(squares[0]), rel_tol=1e-12)


@formula("10.5", "x = relu.forward(z)")
def test_relu_keeps_half():
    z = signs(6) @ np.array([0.5, 2, 3, 1, 0.2, 0.7])
    a = np.maximum(z, 0)
    assert math.isclose(np.mean(a**2), np.mean(z**2) / 2, rel_tol=1e-12)
    assert abs(np.var(a) / np.var(z) - 0.5) > 0.1  # the variance is not halved


@formula("10.6", "normal(math.sqrt(2 / n_in))(shape, rng)")
def test_he():
    var = core.he_normal((300, 900), np.random.default_rng(0)).var()
    assert math.isclose(900 * var / 2, 1, rel_tol=0.01)


@formula("10.7", "math.log(10) + 0.5 * (1 - 1 / 10) * 2 * np.mean(X**2)")
def test_the_first_loss():
    """Over all draws of four small scores; what is left is of the fourth order."""
    for score in 0.1, 0.01:
        z = signs(4, score)
        mean = np.mean(np.log(np.exp(z).sum(axis=1)) - z[:, 0])
        assert abs(mean - math.log(4) - 0.5 * (1 - 1 / 4) * score**2) < score**4


# ---- 12 learning-rate schedules


@formula("12.1", "math.sqrt(lr / (2 - lr))")
def test_the_floor_of_a_constant_rate():
    """The spread is where one more step changes nothing, and where any other spread goes."""
    lr, std = 0.3, 1.7
    floor, var = lr * std**2 / (2 - lr), 9.0
    for _ in range(200):
        var = (1 - lr) ** 2 * var + lr**2 * std**2
    assert math.isclose(var, floor, rel_tol=1e-12)


@formula("12.2", "(1 - lr) * places[-1] - lr * noise")
def test_the_travel_of_a_constant_rate():
    lr, w = 0.3, 10.0
    for t in range(8):
        assert math.isclose(w, (1 - lr) ** t * 10, rel_tol=1e-12)
        w -= lr * w  # the noise has mean 0


@formula("12.3", "[1 / (step + 1) for step in range(200)]")
def test_the_rate_1_over_t_averages(normal):
    noise, w = normal(50), 10.0
    for t in range(50):
        w -= (w + noise[t]) / (t + 1)
        assert math.isclose(w, -noise[:t + 1].mean(), rel_tol=1e-9, abs_tol=1e-12)


@formula("12.4", "lambda step: lr * max(0.0, 1 - step / steps)")
def test_linear_decay():
    schedule = core.linear_decay(0.8, 40)
    falls = -np.diff([schedule(t) for t in range(41)])
    assert np.allclose(falls, 0.8 / 40, **CLOSE) and schedule(0) == 0.8 and schedule(40) == 0


@formula("12.5", "(1 - 0.01 * lr) * v[-1]")
def test_the_travel_in_a_flat_direction():
    """The product of the factors: in any order the same, and nearly exp of minus the sum."""
    rates, v = np.random.default_rng(0).uniform(0, 0.5, 100), 10.0
    for lr in rates:
        v -= lr * 0.01 * v  # the slope is 0.01 v
    assert math.isclose(v, 10 * np.prod(1 - 0.01 * rates[::-1]), rel_tol=1e-12)
    assert math.isclose(v, 10 * math.exp(-0.01 * rates.sum()), rel_tol=1e-3)


# ---- 13 looking inside


def little_network(normal):
    """A network of one hidden layer, and its scores as a function of one image."""
    rng = np.random.default_rng(0)
    net = core.Sequential(core.Linear(4, 5, rng), core.ReLU(), core.Linear(5, 3, rng))
    first, _, last = net.to(np.float64).layers
    first.b += normal(5)

    def scores(x):
        z = first.W @ x + first.b
        return last.W @ np.where(z.real > 0, z, 0) + last.b

    return net, first, last, scores, normal(4)


@formula("13.1", "weights @ W1")
def test_the_slope_of_a_score_in_the_pixels(normal):
    _, first, last, scores, x = little_network(normal)
    awake = first.W @ x + first.b > 0
    assert np.allclose((last.W * awake) @ first.W, slopes(scores, x), **CLOSE)


@formula("13.2", "p_dx = net64.backward(p_asked * (asked - p))")
def test_the_slope_of_a_probability_in_the_pixels(normal):
    """As backward gives it, as the sum of slopes of leads, and by nudging."""
    net, first, last, scores, x = little_network(normal)
    dz = (last.W * (first.W @ x + first.b > 0)) @ first.W  # (3, 4)
    p = core.softmax(net.forward(x[None]))
    by_step = slopes(lambda x: plain_softmax(scores(x)), x)  # (3, 4)
    for c in range(3):
        dx = net.backward(p[:, [c]] * (np.eye(3)[[c]] - p))[0]
        assert np.allclose(dx, by_step[c], **CLOSE)
        leads = p[0, c] * sum(p[0, i] * (dz[c] - dz[i]) for i in range(3))
        assert np.allclose(leads, by_step[c], **CLOSE)


@formula("13.3", "np.clip(X + eps * np.sign(dx), 0, 1)")
def test_the_sign_step(normal):
    """The slope of the loss in eps, at 0, is the sum of the sizes of dx."""
    net, _, _, scores, x = little_network(normal)
    _, dlogits = core.softmax_cross_entropy(net.forward(x[None]), [1])
    dx = net.backward(dlogits)[0]
    by_step = slopes(lambda eps: mean_surprise(scores(x + eps[0] * np.sign(dx))[None], [1]),
                     np.zeros(1))
    assert np.allclose(abs(dx).sum(), by_step, **CLOSE)


@formula("13.4", "images.sum(axis=2) @ places / ink")
def test_the_centre_of_mass():
    """Pixel by pixel: the balance of the ink is 0 about it."""
    ink = np.random.default_rng(0).random((6, 7))
    row = ink.sum(axis=1) @ np.arange(6) / ink.sum()
    column = ink.sum(axis=0) @ np.arange(7) / ink.sum()
    balance = sum(ink[i, j] * np.array([i - row, j - column]) for i, j in np.ndindex(6, 7))
    assert np.allclose(balance, 0, atol=1e-12)


# ---- 14 capacity and overfitting


@formula("14.1", "(a / b) ** (1 / math.log2(times))")
def test_what_one_doubling_does():
    """Taken again and again: k doublings, each with this factor, make e2 of e1."""
    for k in 1, 2, 5:
        e1, e2, N1 = 20.0, 7.0, 1_000
        r = (e2 / e1) ** (1 / math.log2(N1 * 2**k / N1))
        error = e1
        for _ in range(k):
            error *= r
        assert np.isclose(error, e2, rtol=1e-12)


# ---- 16 the learning rate


@formula("16.1", "Hv = (above - gradient(net)[1]) / (2 * h)")
def test_the_curvature_along_a_direction():
    """Against H written out: the slopes of the gradient, by the complex step."""
    rng = np.random.default_rng(0)
    A, b, w = rng.standard_normal((9, 5)), rng.standard_normal(9), rng.standard_normal(5)

    def g(w):  # of Σ log(1 + exp(A w + b)), smooth and curved
        return A.T @ (1 / (1 + np.exp(-(A @ w + b))))

    H, v, h = slopes(g, w), rng.standard_normal(5), 1e-5
    v /= np.linalg.norm(v)
    assert np.allclose(H @ v, (g(w + h * v) - g(w - h * v)) / (2 * h), rtol=1e-7, atol=1e-8)


# ---- 15 activations compared


@formula("15.1", "return dout * out * (1 - out)")
def test_the_sigmoids_largest_slope(normal):
    x = 4 * normal((5, 7))
    layer = core.Sigmoid()
    a = layer.forward(x)
    slope = layer.backward(np.ones_like(x))
    assert np.allclose(slope, 1 / 4 - (a - 1 / 2) ** 2, **CLOSE) and (slope <= 1 / 4).all()
    layer.forward(np.zeros((1, 1)))
    assert layer.backward(np.ones((1, 1)))[0, 0] == 1 / 4


@formula("15.2", "size = gain * sizes[0]")
def test_a_gradient_through_one_layer():
    """Exact where every weight is the gain or its negative: the mean over all sign patterns."""
    gain, rng = 1.7, np.random.default_rng(0)
    dz_above, slope = rng.standard_normal(3), rng.uniform(0, 0.25, 3)
    squares = []
    for pattern in itertools.product((-1, 1), repeat=9):
        W = gain / math.sqrt(3) * np.reshape(pattern, (3, 3))
        squares.append(np.mean((slope * (dz_above @ W)) ** 2))
    assert math.isclose(np.mean(squares),
                        np.mean(slope**2) * gain**2 * np.mean(dz_above**2), rel_tol=1e-12)


@formula("15.3", "linear.b -= linear.W.sum(axis=1) / 2")
def test_a_tanh_network_written_in_sigmoids(normal):
    """One hidden layer after another, with biases: sigmoids get twice the z of the tanhs."""
    z, W, b = normal(6), normal((4, 6)), normal(4)
    a = core.Sigmoid().forward(2 * z)
    inside = 4 * W @ a + 2 * b - (4 * W).sum(axis=1) / 2
    assert np.allclose(inside, 2 * (W @ np.tanh(z) + b), **CLOSE)


# ---- 19 momentum and Adam


class Weights(core.Layer):
    """A model of nothing but weights; dW is put in by hand."""

    names = ("W",)

    def __init__(self, W):
        self.W, self.dW = W.copy(), None

    def stepped(self, optimiser, gradients):
        for g in gradients:
            self.dW = g
            optimiser.step()
        return self.W


@formula("19.1", "W -= self.lr * self.v[i]")
def test_momentum_is_a_weighted_sum_of_all_gradients(normal):
    """A gradient counts in every step after it, each time by a share less."""
    W, gradients, mu, T = normal(4), normal((7, 4)), 0.8, 7
    model = Weights(W)
    found = model.stepped(core.Momentum(model, 0.3, mu), gradients)
    counts = [sum(mu ** (t - i) for t in range(i, T)) for i in range(T)]
    assert np.allclose(found, W - 0.3 * np.array(counts) @ gradients, **CLOSE)


@formula("19.2", "v = mu * v + curvatures * w")
def test_the_velocity_in_a_constant_gradient(normal):
    g, mu, v = normal(5), 0.9, np.zeros(5)
    for t in range(1, 400):
        v = mu * v + g
        assert np.allclose(v, g * (1 - mu**t) / (1 - mu), **CLOSE)
    assert np.allclose(v, 10 * g, rtol=1e-12)


@formula("19.3", "r = np.roots([1, -(1 + mu - lr * curvature), mu])")
def test_one_direction_of_the_ravine():
    mu, lr, curvature, w = 0.7, 0.11, 3.0, [1.3]
    model = Weights(np.array(w))
    optimiser = core.Momentum(model, lr, mu)
    for _ in range(9):
        w.append(model.stepped(optimiser, [curvature * model.W])[0])
    for t in range(1, 9):
        following = (1 + mu - lr * curvature) * w[t] - mu * w[t - 1]
        assert math.isclose(w[t + 1], following, rel_tol=1e-10)


@formula("19.4", "bound = 2 * (1 + mu) / 100")
def test_the_bound_with_momentum():
    """(w, v) is multiplied by a matrix, whose eigenvalues say whether it shrinks."""
    rng = np.random.default_rng(0)
    for mu, curvature in zip(rng.uniform(0, 0.99, 50), rng.uniform(0.1, 10, 50)):
        for share, shrinks in ((0.01, True), (0.5, True), (0.999, True), (1.001, False)):
            lr = share * 2 * (1 + mu) / curvature
            step = np.array([[1 - lr * curvature, -lr * mu], [curvature, mu]])
            assert (abs(np.linalg.eigvals(step)).max() < 1) == shrinks


@formula("19.5", "m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)")
def test_the_bias_of_an_average_that_began_at_0():
    """Exact: the mean over all ways to draw four gradients."""
    values, beta, ends = (1.5, -2.0, 4.0), 0.9, []
    for drawn in itertools.product(values, repeat=4):
        m = 0.0
        for g in drawn:
            m = beta * m + (1 - beta) * g
        ends.append(m)
    assert math.isclose(np.mean(ends), (1 - beta**4) * np.mean(values), rel_tol=1e-12)


@formula("19.6", "W -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)")
def test_adam_divides_one_weighted_mean_by_the_root_of_another(normal):
    W, gradients, lr = normal(5), normal((6, 5)), 0.01
    wanted = W.copy()
    for t in range(1, 7):
        age = np.arange(t)[::-1]
        m, v = (np.average(gradients[:t] ** power, axis=0, weights=beta**age)
                for power, beta in ((1, 0.9), (2, 0.999)))
        wanted -= lr * m / (np.sqrt(v) + 1e-8)
    model = Weights(W)
    assert np.allclose(model.stepped(core.Adam(model, lr), gradients), wanted, **CLOSE)


@formula("19.7", "W *= 1 - lr * self.weight_decay")
def test_l2_in_a_step_of_sgd_is_weight_decay(normal):
    """With the slopes of loss + l/2 Σ W² by the complex step; the loss is Σ sin."""
    W, lr, strength = normal((3, 4)), 0.3, 0.2
    slope = slopes(lambda W: np.sin(W).sum() + strength / 2 * (W**2).sum(), W)
    for pull in {"l2": strength}, {"weight_decay": strength}:
        model = Weights(W)
        found = model.stepped(core.Momentum(model, lr, 0, **pull), [np.cos(W)])
        assert np.allclose(found, W - lr * slope, **CLOSE)


# ---- 20 regularisation


@formula("20.1", "return [(W, dW + self.l2 * W if self.l2 else dW) for W, dW in pairs]")
def test_l2_is_a_normal_prior(normal):
    """-log(likelihood times prior) / N and loss + l/2 Σ w² differ by the same number everywhere."""
    N, sigma, y = 7, 0.3, np.arange(7) % 3
    x, gaps = normal((N, 4)), []
    for _ in range(5):
        W = normal((3, 4))
        p = core.softmax(x @ W.T)
        priors = np.exp(-(W**2) / (2 * sigma**2)) / (math.sqrt(2 * math.pi) * sigma)
        product = np.log(p[np.arange(N), y]).sum() + np.log(priors).sum()
        loss, _ = core.softmax_cross_entropy(x @ W.T, y)
        gaps.append(-product / N - (loss + (W**2).sum() / (2 * N * sigma**2)))
    assert np.ptp(gaps) < 1e-12


@formula("20.2", "self.scale = keep / x.dtype.type(1 - self.p)")
def test_the_mean_of_dropout(normal):
    """The sum over all patterns of coins, each with its probability."""
    x, p, total, layer = normal(4), 0.3, 0, core.Dropout(0.3, np.random.default_rng(0))
    for keep in itertools.product((0, 1), repeat=4):
        keep = np.array(keep)
        total = total + np.prod(np.where(keep, 1 - p, p)) * x * keep / (1 - p)
    assert np.allclose(total, x, **CLOSE)
    out = layer.forward(x[None])
    assert np.allclose(out, x * (out != 0) / (1 - p), **CLOSE)


@formula("20.3", "self.x_hat = (x - mean) / self.std")
def test_batch_normalisation(normal):
    x, layer = 3 * normal((6, 4)) + 1, core.BatchNorm(4, eps=1e-3).to(np.float64)
    layer.gamma, layer.beta = normal((2, 4))
    out = layer.forward(x)
    for k in range(4):
        column = x[:, k]
        mean = math.fsum(column) / 6
        var = math.fsum((column - mean) ** 2) / 6
        x_hat = (column - mean) / math.sqrt(var + 1e-3)
        assert np.allclose(out[:, k], layer.gamma[k] * x_hat + layer.beta[k], **CLOSE)


@formula("20.4", "shared = (self.dbeta + self.x_hat * self.dgamma) / self.M")
def test_batch_normalisation_backward(normal):
    x, dout, layer = 3 * normal((6, 4)) + 1, normal((6, 4)), core.BatchNorm(4).to(np.float64)
    layer.gamma, layer.beta = normal((2, 4))

    def loss(x):
        centred = x - x.sum(axis=0) / 6
        std = np.sqrt((centred * centred).sum(axis=0) / 6 + layer.eps)
        return ((layer.gamma * centred / std + layer.beta) * dout).sum()

    layer.forward(x)
    assert np.allclose(layer.backward(dout), slopes(loss, x), **CLOSE)


# ---- 21 convolution


def convolved(x, W, b, s):
    """The sum over windows, written a second time: each window with all filters."""
    k = W.shape[2]
    size = [len(range(0, n - k + 1, s)) for n in x.shape[2:]]
    out = np.zeros((len(x), len(W), *size), np.result_type(x, W, b))
    for h, w in np.ndindex(*size):
        window = x[:, :, s * h:s * h + k, s * w:s * w + k]
        out[:, :, h, w] = np.tensordot(window, W, ((1, 2, 3), (1, 2, 3))) + b
    return out


@pytest.fixture(params=[(6, 3, 1), (7, 3, 2), (6, 3, 2), (5, 2, 3)], ids=str)
def convolution(request, normal):
    """x, W, b and the stride: odd and even, with a border left over."""
    H, k, s = request.param
    return normal((2, 3, H, H + 1)), normal((4, 3, k, k)), normal(4), s


@formula("21.1", "out[n, o, h, w] += W[o, c, i, j] * pixel")
def test_a_convolution(convolution):
    x, W, b, s = convolution
    out = convolved(x, W, b, s)
    for n, o, h, w in np.ndindex(out.shape):
        total = b[o] + sum(W[o, c, i, j] * x[n, c, s * h + i, s * w + j]
                           for c, i, j in np.ndindex(W.shape[1:]))
        assert np.isclose(out[n, o, h, w], total, **CLOSE)


@formula("21.2", "W_out = (rows.shape[2] - k) // stride + 1")
def test_the_size_of_a_map():
    for H, k, s, q in itertools.product(range(1, 9), range(1, 5), range(1, 4), range(3)):
        if H + 2 * q >= k:
            starts = [row for row in range(0, H + 2 * q, s) if row + k <= H + 2 * q]
            assert len(starts) == (H + 2 * q - k) // s + 1


@formula("21.3", "dx[n, c, r, t] += dout[n, o, h, w] * W[o, c, i, j]")
def test_gradients_of_a_convolution(convolution, normal):
    x, W, b, s = convolution
    dout = normal(convolved(x, W, b, s).shape)
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    N, k, (H_out, W_out) = len(x), W.shape[2], dout.shape[2:]
    for o, c, i, j in np.ndindex(W.shape):
        dW[o, c, i, j] = sum(dout[n, o, h, w] * x[n, c, s * h + i, s * w + j]
                             for n, h, w in np.ndindex(N, H_out, W_out))
    for n, c, r, t in np.ndindex(x.shape):
        dx[n, c, r, t] = sum(
            dout[n, o, h, w] * W[o, c, r - s * h, t - s * w]
            for o, h, w in np.ndindex(len(W), H_out, W_out)
            if 0 <= r - s * h < k and 0 <= t - s * w < k)
    assert np.allclose(dx, slopes(lambda v: (convolved(v, W, b, s) * dout).sum(), x), **CLOSE)
    assert np.allclose(dW, slopes(lambda v: (convolved(x, v, b, s) * dout).sum(), W), **CLOSE)
    assert np.allclose(dout.sum(axis=(0, 2, 3)),
                       slopes(lambda v: (convolved(x, W, v, s) * dout).sum(), b), **CLOSE)


@formula("21.4", "left = (im2col(x, 5, stride=2) * v).sum()")
def test_the_transpose_of_im2col(normal):
    """im2col as a matrix A, built column by column; col2im by its transpose."""
    shape, window = (2, 2, 5, 4), (3, 2, 1)
    units = np.eye(math.prod(shape)).reshape(-1, *shape)
    A = np.stack([core.im2col(unit, *window).ravel() for unit in units], axis=1)
    assert set(np.unique(A)) == {0.0, 1.0} and (A.sum(axis=1) <= 1).all()
    x = normal(shape)
    cols = core.im2col(x, *window)
    v = normal(cols.shape)
    assert np.allclose(core.col2im(v, shape, *window).ravel(), A.T @ v.ravel(), **CLOSE)
    assert np.isclose((cols * v).sum(), x.ravel() @ A.T @ v.ravel(), **CLOSE)


@formula("21.5", "field += (k - 1) * apart")
def test_the_receptive_field():
    """Follow one unit down to the pixels, layer by layer, along one axis."""
    for layers in itertools.product([(1, 1), (2, 2), (3, 1), (3, 2), (5, 1)], repeat=3):
        seen = {0}
        for k, s in reversed(layers):
            seen = {s * unit + i for unit in seen for i in range(k)}
        field = 1 + sum((k - 1) * math.prod(s for _, s in layers[:depth])
                        for depth, (k, _) in enumerate(layers))
        assert max(seen) + 1 == field


# ---- 22 recurrence


def states(W, b, h0, x):
    """The states (T, n) of a recurrent layer for one example x (T, D), one unit at a time."""
    h, found = list(h0), []
    for row in x:
        before = [*row, *h]
        h = [np.tanh(b[j] + sum(W[j, k] * before[k] for k in range(len(before))))
             for j in range(len(b))]
        found.append(h)
    return np.array(found)


@formula("22.1", "h = np.tanh(x_h @ self.W.T + self.b)  # (N, n)")
def test_one_step_of_a_recurrent_layer(normal):
    rnn = core.RNN(3, 4, np.random.default_rng(0)).to(np.float64)
    rnn.b[:], rnn.h0[:] = normal((2, 4))
    x = normal((2, 5, 3))
    by_hand = [states(rnn.W, rnn.b, rnn.h0, one) for one in x]
    assert np.allclose(rnn.forward(x), by_hand, **CLOSE)


@formula("22.2", "dz = (dout[:, t] + dh) * (1 - h * h)  # (N, n)")
def test_backpropagation_through_time(normal):
    """dx, dW and the gradient of the first state, by the complex step."""
    rnn = core.RNN(3, 4, np.random.default_rng(0)).to(np.float64)
    rnn.b[:], rnn.h0[:] = normal((2, 4))
    x, dout = normal((1, 5, 3)), normal((5, 4))
    rnn.forward(x)
    dx = rnn.backward(dout[None])[0]
    W, b, h0 = rnn.W, rnn.b, rnn.h0
    assert np.allclose(dx, slopes(lambda x: (states(W, b, h0, x) * dout).sum(), x[0]), **CLOSE)
    for f, of, gradient in (
            (lambda W: (states(W, b, h0, x[0]) * dout).sum(), W, rnn.dW),
            (lambda b: (states(W, b, h0, x[0]) * dout).sum(), b, rnn.db),
            (lambda h0: (states(W, b, h0, x[0]) * dout).sum(), h0, rnn.dh0)):
        assert np.allclose(gradient, slopes(f, of), **CLOSE)


@formula("22.3", "bounds = s ** np.arange(28)")
def test_the_reach_of_a_gradient(normal):
    """A gradient handed back is never longer than the bound, which very small states meet."""
    s, Q = 0.9, np.linalg.qr(normal((6, 6)))[0]
    for size, met in ((1, False), (1e-6, True)):
        dh = normal((3, 6))
        start = np.linalg.norm(dh)
        for d in range(1, 6):
            h = np.tanh(size * normal((3, 6)))
            dh = (dh * (1 - h**2)) @ (s * Q)
            left = np.linalg.norm(dh) / start
            assert left <= s**d * (1 + 1e-12)
        assert math.isclose(left, s**5, rel_tol=1e-9) == met


# ---- 23 a tiny autograd


@formula("23.1", "for parent, d in zip(node.parents, node.vjp(node.grad)):")
def test_an_operation_hands_its_parent_the_vector_jacobian_product(normal):
    """Of softmax, which no entry passes alone: its Jacobian, against the nudge of dout · out."""
    x, dout = normal(5), normal(5)

    def out(x):
        return np.exp(x) / np.exp(x).sum()

    jacobian = slopes(out, x)  # (5 outputs, 5 inputs)
    dx = [sum(dout[j] * jacobian[j, k] for j in range(5)) for k in range(5)]
    assert np.allclose(dx, slopes(lambda x: (dout * out(x)).sum(), x), **CLOSE)
    p = out(x)
    assert np.allclose(dx, p * (dout - dout @ p), **CLOSE)


@formula("23.2", "return g.sum(axis=ones, keepdims=True)")
def test_the_gradient_of_a_copied_operand_is_summed_over_its_copies(normal):
    z, b, c, dout = normal((4, 3)), normal(3), normal((4, 1)), normal((4, 3))

    def loss(b, c):
        return (dout * np.exp(z * b * c)).sum()

    g = dout * np.exp(z * b * c) * z  # before the other factor
    assert np.allclose((g * c).sum(axis=0), slopes(lambda b: loss(b, c), b), **CLOSE)
    assert np.allclose((g * b).sum(axis=1, keepdims=True),
                       slopes(lambda c: loss(b, c), c), **CLOSE)


# ---- 24 back to the frameworks


@formula("24.1", "least = math.log(1 + (10 - 1) / math.e)")
def test_the_least_loss_of_two_softmaxes():
    """Each equality, the bound for any probabilities, and that a certain right answer meets it."""
    rng = np.random.default_rng(0)
    for C in 2, 3, 10:
        least = math.log(1 + (C - 1) / math.e)
        for z in rng.normal(0, 9, (200, C)):
            p, y = core.softmax(z), rng.integers(C)
            loss = core.softmax_cross_entropy(p[None], [y])[0]
            others = np.delete(p, y) - p[y]
            assert math.isclose(loss, math.log(1 + np.exp(others).sum()), rel_tol=1e-12)
            assert loss >= least - 1e-12
        assert math.isclose(core.softmax_cross_entropy(np.eye(C), np.arange(C))[0], least,
                            rel_tol=1e-12)


# ---- the ledger itself


FORMULAS = ledger.formulas(ROOT)
CHECKS = ledger.checks(ROOT)


def test_the_ledger_is_up_to_date():
    assert (ROOT / ledger.PAGE).read_text(encoding="utf-8") == ledger.page(ROOT)


def test_every_label_stands_before_a_display_and_counts_up_in_its_chapter():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        labels = ledger.ANY_LABEL.findall(ledger.prose(path))
        assert labels == [f"{int(path.name[:2])}.{k + 1}" for k in range(len(labels))]
        assert labels == [f.number for f in FORMULAS if f.path == path]


def test_every_formula_has_one_check_and_every_check_a_formula():
    assert [f.number for f in FORMULAS] == sorted(
        (number for number, _, _ in CHECKS), key=lambda n: tuple(map(int, n.split("."))))


@pytest.mark.parametrize(("number", "code", "test"), CHECKS)
def test_the_line_of_code_that_a_check_names_is_there(number, code, test):
    """In mnist_core.py, or in a code cell of the formula's chapter."""
    (path,) = {f.path for f in FORMULAS if f.number == number}
    cells = nbformat.read(path, 4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    text = "\n".join([(ROOT / "mnist_core.py").read_text(encoding="utf-8"), *sources])
    assert code in text


def test_every_check_of_a_formula_asserts():
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    tests = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for _, _, name in CHECKS:
        assert any(isinstance(node, ast.Assert) for node in ast.walk(tests[name])), name


def test_a_formula_cited_by_its_number_exists():
    numbers = {f.number for f in FORMULAS}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cited = re.findall(r"(?<![\w)\]])\((\d{1,2}\.\d)\)", ledger.prose(path))
        assert set(cited) <= numbers, path.name
