"""Every public function on values worked by hand: call on the left, answer on the right.

b082: https://github.com/fastai/fastbook/issues/434, a function called mse that returned its root.
"""

import ast
import math
import re

import core_helpers
import numpy as np
import pytest
from core_helpers import SOURCE, idx_bytes, written

import mnist_core as core

ln = math.log


def rng():
    return np.random.default_rng(0)


def idx(array):
    """The path of an IDX file that holds these entries."""
    return written(idx_bytes(np.array(array, np.uint8)))


def linear(W, b):
    """A float64 Linear layer with these weights."""
    layer = core.Linear(len(W[0]), len(W), rng())
    layer.W, layer.b = np.array(W, float), np.array(b, float)
    return layer


def after(layer, x, dout):
    """The layer after a forward and a backward."""
    layer.forward(np.array(x, float))
    layer.backward(np.array(dout, float))
    return layer


def stepped(make, *arguments, steps=1):
    """w and b, from 2 and 1, after steps with x = 3 and dout = 10: dw = 30, db = 10."""
    layer = after(linear([[2]], [1]), [[3]], [[10]])
    optimiser = make(layer, *arguments)
    for _ in range(steps):
        optimiser.step()
    return [layer.W.item(), layer.b.item()]


def image(*rows):
    """One image of one channel."""
    return np.array([[rows]], float)


def conv(W, b, *window):
    """A float64 convolution of one channel with this kernel."""
    layer = core.Conv2D(1, 1, len(W), rng(), *window).to(np.float64)
    layer.W[...], layer.b[...] = W, b
    return layer


def norm(gamma, beta):
    """A float64 batch norm of one feature, with no eps."""
    layer = core.BatchNorm(1, eps=0).to(np.float64)
    layer.gamma[...], layer.beta[...] = gamma, beta
    return layer


def rnn(W, b, h0):
    """A float64 RNN of one state, fed one number a step."""
    layer = core.RNN(1, 1, rng()).to(np.float64)
    layer.W[...], layer.b[...], layer.h0[...] = W, b, h0
    return layer


def saved_and_loaded():
    core.save(path := written(b""), linear([[2, 3]], [1]))
    core.load(path, layer := linear([[0, 0]], [0]))
    return [*layer.W[0], *layer.b]


def records(**more):
    """One epoch over four examples of even scores, with lr 0: nothing moves."""
    layer = linear([[0], [0]], [0, 0])
    return [list(r) for r in core.fit(layer, core.SGD(layer, 0), np.ones((4, 1)), [0, 0, 0, 1],
                                      epochs=1, batch_size=2, rng=rng(), **more)]


TABLE = [
    ("read_idx(idx([[7, 0], [255, 1]]))", [[7, 0], [255, 1]]),
    ("[a.shape for a in load_mnist()[:2]]", [(60000, 784), (60000,)]),
    ("accuracy([[1, 2], [2, 1], [0, 9], [5, 4]], [1, 0, 0, 0])", 0.75),
    ("accuracy([[3, 3]], [0])", 1),
    ("paired(np.array([True, False, False, True]), np.array([False, True, True, True]))", (2, 1)),
    ("paired(np.array([True] * 5 + [False]), np.array([True] * 3 + [False] * 3))", (0, 2)),
    ("softmax([0, ln(3)])", [0.25, 0.75]),
    ("softmax([[0, 0], [ln(9), 0]])", [[0.5, 0.5], [0.9, 0.1]]),
    ("softmax([7])", [1]),
    ("softmax_cross_entropy([[0, ln(3)]], [0])[0]", ln(4)),
    ("softmax_cross_entropy([[0, ln(3)]], [1])[0]", ln(4 / 3)),
    ("softmax_cross_entropy([[0, ln(3)]], [1])[1]", [[0.25, -0.25]]),
    ("softmax_cross_entropy([[0, 0], [0, 0]], [0, 1])[1]", [[-0.25, 0.25], [0.25, -0.25]]),
    ("linear([[1, 2], [3, 4], [5, 6]], [1, 1, 1]).forward(np.array([[1., 10]]))", [[22, 44, 66]]),
    ("after(linear([[1, 2]], [0]), [[3, 4], [5, 6]], [[10], [1]]).dW", [[35, 46]]),
    ("after(linear([[1, 2]], [0]), [[3, 4], [5, 6]], [[10], [1]]).db", [11]),
    ("after(linear([[1, 2]], [0]), [[3, 4]], [[10]]).backward(np.array([[10.]]))", [[10, 20]]),
    ("ReLU().forward(np.array([-2., 0, 3]))", [0, 0, 3]),
    ("after(ReLU(), [-2, 0, 3], [1, 1, 1]).backward(np.array([5., 6, 7]))", [0, 0, 7]),
    ("Sigmoid().forward(np.array([0., ln(3), -ln(3)]))", [0.5, 0.75, 0.25]),
    ("after(Sigmoid(), [0, ln(3)], [1, 1]).backward(np.array([4., 16]))", [1, 3]),
    ("Tanh().forward(np.array([0., ln(2), -ln(2)]))", [0, 0.6, -0.6]),
    ("after(Tanh(), [0, ln(2)], [1, 1]).backward(np.array([4., 25]))", [4, 16]),
    ("Sequential(linear([[2]], [1]), ReLU()).forward(np.array([[3.], [-3]]))", [[7], [0]]),
    ("after(Sequential(linear([[2]], [1]), ReLU()), [[3], [-3]], [[1], [1]]).layers[0].dW", [[3]]),
    ("[name for name in Sequential(linear([[2]], [1]), ReLU()).state()]", ["0.W", "0.b"]),
    ("sum(layer.training for layer in Sequential(ReLU(), ReLU()).eval().walk())", 0),
    ("len(Layer().parameters())", 0),
    ("numerical_gradient(lambda x: x[0] ** 2 * x[1], np.array([3., 5]))", [30, 9]),
    ("numerical_gradient(lambda x: x ** 2, np.array(3.))", 6),
    ("round(gradient_check(linear([[2, 1]], [1]), [[3, 4]], rng()), 6)", 0),
    ("sorted(y.item() for _, y in minibatches(np.ones((3, 1)), [4, 5, 6], 1, rng()))", [4, 5, 6]),
    ("[len(y) for _, y in minibatches(np.ones((5, 1)), [0] * 5, 2, rng())]", [2, 2, 1]),
    ("stepped(SGD, 0.1)", [-1, 0]),
    ("stepped(SGD, 0)", [2, 1]),
    ("zeros((2, 3), rng())", [[0, 0, 0], [0, 0, 0]]),
    ("normal(0)((1, 2), rng())", [[0, 0]]),
    ("normal(0.5)((3, 4), rng()) / normal(1)((3, 4), rng())", np.full((3, 4), 0.5)),
    ("he_normal((3, 8), rng()) / normal(1)((3, 8), rng())", np.full((3, 8), 0.5)),
    ("xavier_normal((3, 5), rng()) / normal(1)((3, 5), rng())", np.full((3, 5), 0.5)),
    ("Record(1, 2, 3, 4, 5, 6, 7).val_accuracy", 7),
    ("[[r[0], r[1], r[3]] for r in records()]", [[1, 1, 0], [2, 1, 0]]),
    ("[r[2] for r in records()]", [ln(2), ln(2)]),
    ("records(validation=(np.ones((4, 1)), [0, 0, 0, 1]))[1][5:]", [ln(2), 0.75]),
    ("records(schedule=lambda step: 0.0 * step)[1][3]", 0),
    ("train_step(layer := linear([[0], [0]], [0, 0]), SGD(layer, 1), np.ones((1, 1)), [0])", ln(2)),
    ("predict(linear([[1], [2]], [0, 1]), np.array([[1.], [3]]))", [[1, 3], [3, 7]]),
    ("evaluate(linear([[0], [ln(3)]], [0, 0]), np.ones((1, 1)), [1])", (ln(4 / 3), 1)),
    ("saved_and_loaded()", [2, 3, 1]),
    ("[step_decay(1, 2, 0.1)(k) for k in (0, 1, 2, 5)]", [1, 1, 0.1, 0.01]),
    ("[linear_decay(2, 4)(k) for k in (0, 1, 4, 9)]", [2, 1.5, 0, 0]),
    ("[exponential_decay(2, 2, 0.25)(k) for k in (0, 1, 2, 4)]", [2, 1, 0.5, 0.125]),
    ("[cosine_decay(2, 6)(k) for k in (0, 2, 3, 4, 6, 7)]", [2, 1.5, 1, 0.5, 0, 0]),
    ("[warmup(lambda step: 8, 4)(k) for k in range(5)]", [2, 4, 6, 8, 8]),
    ("stepped(Momentum, 0.1, 0.5, steps=2)", [-5.5, -1.5]),  # v = 30, 45 and 10, 15
    ("stepped(Momentum, 0.1, 0, 5)", [-2, -0.5]),  # g = 30 + 5 · 2 and 10 + 5 · 1
    ("stepped(Momentum, 0.1, 0, 0, 5)", [-2, -0.5]),  # half of W and b is taken off first
    ("stepped(Adam, 0.5, 0.9, 0.9, 0, steps=2)", [1, 0]),
    ("stepped(Adam, 0.5, 0.9, 0.9, 10)", [2 - 0.5 * 30 / 40, 1 - 0.5 * 10 / 20]),
    ("stepped(Adam, 0.5, 0.9, 0.9, 0, 0, 1)", [0.5, 0]),
    ("sorted({*Dropout(0.75, rng()).forward(np.ones(99))})", [0, 4]),
    ("Dropout(0.75, rng()).eval().forward(np.array([1., 2]))", [1, 2]),
    ("norm(3, 1).forward(np.array([[4.], [8]]))", [[-2], [4]]),
    ("after(norm(3, 1), [[4], [8], [8], [4]], [[1], [2], [4], [9]]).dgamma", [-4]),
    ("after(norm(3, 1), [[4], [8]], [[1], [2]]).backward(np.array([[1.], [2]]))", [[0], [0]]),
    ("norm(3, 1).eval().forward(np.array([[4.]]))", [[13]]),
    ("[after(norm(1, 0), [[4], [8]], [[1], [2]]).state()[n].item() for n in ('mean', 'var')]",
     [0.6, 1.7]),  # a tenth of the way from 0 to 6, and from 1 to 8
    ("im2col(image([1, 2, 3], [4, 5, 6]), 2)", [[[1, 2], [2, 3], [4, 5], [5, 6]]]),
    ("im2col(image([1, 2], [3, 4]), 1, 2, 1)", [[[0, 0]], [[0, 4]]]),
    ("col2im(np.ones((1, 4, 2)), (1, 1, 2, 3), 2)[0, 0]", [[1, 2, 1], [1, 2, 1]]),
    ("conv([[1, 2], [3, 4]], 5).forward(image([1, 0, 2], [0, 1, 0]))", image([10, 12])),
    ("conv([[1]], 0, 2, 1).forward(image([1, 2], [3, 4]))", image([0, 0], [0, 4])),
    ("after(conv([[1, 2]] * 2, 0), image([1, 0, 2], [0, 1, 0]), image([1, 10])).dW",
     image([1, 20], [10, 1])),
    ("after(conv([[1, 2]] * 2, 0), image([1, 0, 2], [0, 1, 0]), image([1, 10])).db", [11]),
    ("MaxPool2D(2).forward(image([1, 2, 9], [4, 3, 9]))", image([4])),
    ("after(MaxPool2D(2), image([1, 4, 9], [4, 3, 9]), image([7])).backward(image([5]))",
     image([0, 5, 0], [0, 0, 0])),
    ("Flatten().forward(image([1, 2], [3, 4]))", [[1, 2, 3, 4]]),
    ("after(Flatten(), image([1, 2]), [[3, 4]]).backward(np.array([[5., 6]]))", image([5, 6])),
    ("rnn([[1, 5]], 0, 0).forward(np.array([[[ln(2)], [ln(3) - 3]]]))", [[[0.6], [0.8]]]),
    ("after(rnn([[2, 5]], 0, 0), [[[0]]], [[[1]]]).backward(np.array([[[3.]]]))", [[[6]]]),
    ("after(rnn([[2, 5]], 0, 0), [[[0]]], [[[1]]]).dh0", [5]),
]

# Tested whole elsewhere: what they do is to refuse, to switch, or to print.
ELSEWHERE = {"require", "seems", "whole", "first_bytes", "read_array", "read_mnist", "mode", "main",
             "save", "load", "fit"}


@pytest.mark.parametrize("call, answer", TABLE, ids=[call for call, _ in TABLE])
def test_b082_worked_by_hand(call, answer, tmp_path, monkeypatch):
    monkeypatch.setattr(core_helpers.written, "folder", tmp_path)
    given = eval(call, {**vars(core), **globals()})
    if isinstance(answer, list) and answer and isinstance(answer[0], (str, tuple)):
        assert given == answer
    else:
        tolerance = 1e-6 if "normal" in call or "numerical" in call else 1e-12
        core_helpers.close(given, answer, tolerance)


def test_b082_no_public_function_is_missing_from_the_table():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    public = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
              if not node.name.startswith("check_")}
    called = set(re.findall(r"\w+", " ".join(call for call, _ in TABLE)))
    called |= {"Linear", "Conv2D", "BatchNorm", "RNN"}  # made by linear(), conv(), norm(), rnn()
    assert public - called - ELSEWHERE == set()
