"""Cases for book/_static/alive/core.js, with the answers that mnist_core gives to them in float64.

Nothing is stored: what the twin has to find is computed anew by each run, from mnist_core itself.
"""

import json
import shutil
import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import playwright

import mnist_core as core
from tools.export_page import linears, read_network

TWIN = Path(__file__).resolve().parent / "twin"
ALIVE = TWIN.parent.parent / "book" / "_static" / "alive"
NODE = shutil.which("node", path=Path(playwright.__file__).parent / "driver")  # Playwright's own
ACTIVATIONS = "ReLU", "Sigmoid", "Tanh"
SIZES = [5, 3], [7, 5, 4], [6, 5, 4, 3], [6, 7, 5, 4, 3]
BATCHES = (1, 5), (3, 7)  # rows of one; three, three, and one more: (batch_size, N)
PASSES = 4  # over the rows: at least ten steps


def node(ask, *arguments):
    """What a function of answers.mjs answers, in Node."""
    question = json.dumps({"ask": ask, "arguments": arguments}, default=np.ndarray.tolist)
    for _ in range(2):  # in some ten thousand runs Node itself died once, of a signal
        run = subprocess.run([NODE, TWIN / "run.mjs"], input=question, capture_output=True,
                             text=True)
        if run.returncode >= 0:
            break
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# ---- cases


def case(rng, sizes, activation, batch_size, N, l2=0.0, scale=1.0):
    """A network without zeros, rows for it, and an order of the rows for each pass over them."""
    pairs = list(zip(sizes, sizes[1:]))
    return {
        "sizes": sizes, "activation": activation, "batch_size": batch_size, "lr": 0.3, "l2": l2,
        "W": [scale * rng.standard_normal((n_out, n_in)) for n_in, n_out in pairs],
        "b": [scale * rng.uniform(-1, 1, n_out) for _, n_out in pairs],
        "x": rng.uniform(-1, 1, (N, sizes[0])), "y": rng.integers(sizes[-1], size=N),
        "orders": [rng.permutation(N) for _ in range(PASSES)],
    }


def small_cases():
    """Every activation, with no hidden layer to three, each kind of batch, with l2 and without."""
    rng = np.random.default_rng(0)
    grid = product(ACTIVATIONS, SIZES, BATCHES, (0.0, 0.1))
    cases = [case(rng, sizes, activation, *batch, l2) for activation, sizes, batch, l2 in grid]
    return [*cases, case(rng, [4, 5], "ReLU", 3, 7, scale=1000)]  # logits of 1000


def page_case():
    """The page's own network on 200 test images, in one pass."""
    _, _, X, y = core.load_mnist()
    net, about = read_network()
    return {"sizes": about["sizes"], "activation": "ReLU", "x": X[::50].astype(float), "y": y[::50],
            "W": [layer.W for layer in linears(net)], "b": [layer.b for layer in linears(net)]}


def flat(one):
    """The case as JavaScript takes it: the rows of each array one after the other."""
    arrays = {name: [np.ravel(array) for array in one[name]] for name in ("W", "b")}
    return one | arrays | {"x": one["x"].ravel()}


# ---- what mnist_core answers


def network(one):
    layers = []
    for W, b in zip(one["W"], one["b"]):
        linear = core.Linear(W.shape[1], len(b), None, init=lambda shape, rng, W=W: W.copy())
        linear.b[...] = b
        layers += [linear, getattr(core, one["activation"])()]
    return core.Sequential(*layers[:-1])


def wanted(one):
    """What answers.mjs should answer to the case."""
    return one_pass(network(one), one) | (training(network(one), one) if "orders" in one else {})


def one_pass(net, one):
    outs, douts = [one["x"]], []
    for layer in net.layers:
        outs.append(layer.forward(outs[-1]))
    loss, dlogits = core.softmax_cross_entropy(outs[-1], one["y"])
    douts.append(dlogits)
    for layer in reversed(net.layers):
        douts.append(layer.backward(douts[-1]))
    gradients = [dW for _, dW in net.parameters()]
    return {"outs": outs[1:], "p": core.softmax(outs[-1]), "loss": loss, "dlogits": dlogits,
            "douts": douts[1:], "gradients": gradients, "alone": gradients,
            "whole": [outs[-1], douts[-1]], "x": one["x"]}


def training(net, one):
    optimiser, losses = core.Momentum(net, one["lr"], momentum=0, l2=one["l2"]), []
    for order in one["orders"]:
        for start in range(0, len(order), one["batch_size"]):
            rows = order[start:start + one["batch_size"]]
            losses.append(core.train_step(net, optimiser, one["x"][rows], one["y"][rows]))
    return {"losses": losses, "after": [W for W, _ in net.parameters()]}


# ---- how far apart


def numbers(answer):
    """All numbers of an answer in one row, entries in the order of their names."""
    if isinstance(answer, dict):
        return numbers([answer[name] for name in sorted(answer)])
    if isinstance(answer, list):
        return np.concatenate([np.zeros(0), *map(numbers, answer)])
    return np.ravel(np.array(answer, float))


def gap(given, wanted):
    """The largest difference between two answers; infinite where one of them lacks a number."""
    given, wanted = numbers(given), numbers(wanted)
    if given.shape != wanted.shape or not np.isfinite(given).all():
        return np.inf
    return abs(given - wanted).max()
