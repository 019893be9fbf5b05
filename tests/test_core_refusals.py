"""Bad input: public functions refuse it, with a ValueError that says what was given and wanted."""

import numpy as np
import pytest
from core_helpers import network, problem, refuses, same_state, snapshot

import mnist_core as core

RNG = np.random.default_rng(0)
X, Y = problem(RNG, 12, 4, 3)
LOGITS = np.zeros((4, 3))
NAN, INFINITE = X.copy(), X.copy()
NAN[7, 2], INFINITE[0, 0] = np.nan, -np.inf


def column(y):
    return np.asarray(y)[:, None]


# ---- labels: the same rules wherever labels go ---------------------------------------------------

LABELS = {
    "one-hot": (lambda y: np.eye(3)[y], "3)", "float64"),
    "one-hot integers": (lambda y: np.eye(3, dtype=int)[y], "3)"),
    "floats": (lambda y: y.astype(float), "float64", "integers"),
    "bools": (lambda y: y > 1, "bool", "integers"),
    "text": (lambda y: y.astype(str), "integers"),
    "objects": (lambda y: y.astype(object), "object", "integers"),
    "a column": (column, "1)", "integers"),
    "a row": (lambda y: y[None], "(1, ", "integers"),
    "negative": (lambda y: y * 0 - 1, "-1"),
    "one negative": (lambda y: np.append(y[:-1], -1), "-1"),
    "too large": (lambda y: np.append(y[:-1], 3), "3"),
    "far too large": (lambda y: y.astype(np.uint64) + np.uint64(2**63), str(2**63)[:5]),
    "one too few": (lambda y: y[:-1], "integers"),
    "one too many": (lambda y: np.append(y, 0), "integers"),
    "none": (lambda y: y[:0], "(0,)"),
    "one number": (lambda y: 1, "()"),
    "nothing": (lambda y: None, "object"),
}


def fit(X=X, y=Y, **more):
    """fit with all that it needs, but for what is given here. Made of a fresh network each time."""
    net = more.pop("net", None) or network(core, np.random.default_rng(1), 4, 5, 3)
    optimiser = more.pop("optimiser", None) or core.SGD(net, more.pop("lr", 0.1))
    settings = dict(epochs=1, batch_size=5, rng=RNG) | more
    return core.fit(net, optimiser, X, y, **settings)


TAKES_LABELS = {
    "accuracy": lambda y: core.accuracy(np.zeros((12, 3)), y),
    "softmax_cross_entropy": lambda y: core.softmax_cross_entropy(np.zeros((12, 3)), y),
    "evaluate": lambda y: core.evaluate(network(core, RNG, 4, 5, 3), X, y),
    "fit": lambda y: fit(y=y),
    "fit, validation": lambda y: fit(validation=(X, y)),
    "minibatches": lambda y: core.minibatches(X, y, 5, RNG),
    "train_step": lambda y: core.train_step(net := network(core, RNG, 4, 5, 3),
                                            core.SGD(net, 0.1), X, y),
}


# minibatches alone does not know the number of classes.
PAIRS = [(name, fault) for name in TAKES_LABELS for fault in LABELS
         if not (name == "minibatches" and "too large" in fault)]


@pytest.mark.parametrize("name, fault", PAIRS)
def test_b036_labels(name, fault):
    """https://github.com/dmlc/minpy/issues/180"""
    spoil, *shown = LABELS[fault]
    refuses(lambda: TAKES_LABELS[name](spoil(Y)), "labels", *shown)


def test_labels_that_are_no_array_at_all():
    with pytest.raises(ValueError):
        core.accuracy(LOGITS, [0, [1], 2, 0])


# ---- examples ------------------------------------------------------------------------------------

EXAMPLES = {
    "nan": (NAN, "nan"),
    "infinity": (INFINITE, "infinity"),
    "a list": (X.tolist(),),
    "one axis": (X[:, 0], "(12,)"),
    "float64": (X.astype(np.float64), "float64", "float32"),
    "uint8": (X.astype(np.uint8), "uint8"),
    "bools": (X > 0, "bool"),
    "objects": (X.astype(object), "object"),
    "text": (X.astype(str),),
    "complex": (X.astype(complex), "complex"),
    "too wide": (np.ones((12, 5), np.float32), "5)", "4)"),
    "too narrow": (X[:, :3], "3)", "4)"),
    "one column": (X[:, :1], "1)", "4)"),
    "images": (X.reshape(12, 2, 2), "2, 2)"),
    "none": (X[:0],),
    "nothing": (None,),
}

TAKES_EXAMPLES = {
    "evaluate": lambda X: core.evaluate(network(core, RNG, 4, 5, 3), X, Y),
    "fit": lambda X: fit(X=X),
    "fit, validation": lambda X: fit(validation=(X, Y)),
}


@pytest.mark.parametrize("name", TAKES_EXAMPLES)
@pytest.mark.parametrize("fault", EXAMPLES)
def test_examples(name, fault):
    given, *shown = EXAMPLES[fault]
    refuses(lambda: TAKES_EXAMPLES[name](given), *shown)


@pytest.mark.parametrize("name", TAKES_EXAMPLES)
@pytest.mark.parametrize("given", [X.astype(np.int32), X > 0, X.astype(str), np.array(1.0)],
                         ids=lambda given: f"{given.ndim} {given.dtype}")
def test_what_is_no_table_of_fractions_is_refused_before_the_model_sees_it(name, given):
    refuses(lambda: TAKES_EXAMPLES[name](given), "X: given", "floating-point examples (N, ...)")


@pytest.mark.parametrize("fault", ["one axis", "float64", "uint8", "bools", "too wide",
                                   "too narrow", "one column", "images", "none"])
@pytest.mark.parametrize("call", [
    lambda X: network(core, RNG, 4, 3).forward(X),
    lambda X: core.predict(network(core, RNG, 4, 3), X),
    lambda X: core.train_step(net := network(core, RNG, 4, 3), core.SGD(net, 0.1), X, Y),
], ids=["forward", "predict", "train_step"])
def test_examples_in_a_single_pass(call, fault):
    given, *shown = EXAMPLES[fault]
    refuses(lambda: call(given), *shown)


# ---- logits --------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, call", [
    ("accuracy", lambda logits: core.accuracy(logits, [0, 0])),
    ("softmax_cross_entropy", lambda logits: core.softmax_cross_entropy(logits, [0, 0])),
])
@pytest.mark.parametrize("logits", [np.zeros(2), np.zeros((2, 1, 3)), np.float64(1)],
                         ids=["one axis", "three axes", "a number"])
def test_b038_logits_of_another_shape(name, call, logits):
    """https://github.com/mrdbourke/tensorflow-deep-learning/issues/621"""
    refuses(lambda: call(logits), name, "logits (N, C)")


@pytest.mark.parametrize("logits", [np.zeros((0, 3)), np.zeros((3, 0)), np.zeros(0), np.float64(3),
                                    np.zeros((2, 3, 4))],
                         ids=lambda logits: str(logits.shape))
def test_softmax_of_another_shape(logits):
    refuses(lambda: core.softmax(logits), "softmax", "(N, C)")


@pytest.mark.parametrize("function", [core.accuracy, core.softmax_cross_entropy])
def test_an_empty_batch_and_no_classes(function):
    refuses(lambda: function(np.zeros((0, 3)), np.zeros(0, int)))
    refuses(lambda: function(np.zeros((2, 0)), np.zeros(2, int)))


@pytest.mark.parametrize("bad", [np.full((3, 10), np.nan), np.where(np.eye(3, 10), np.nan, 1)],
                         ids=["all", "one a row"])
def test_b148_an_accuracy_of_nan(bad):
    refuses(lambda: core.accuracy(bad, [0, 0, 0]), "accuracy", "nan")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("judge", [core.evaluate, lambda net, X, y: core.predict(net, X)],
                         ids=["evaluate", "predict"])
def test_b148_a_network_with_a_weight_that_is_not_finite(bad, judge):
    net = network(core, RNG, 4, 5, 3)
    net.layers[2].W[0, 0] = bad
    with pytest.raises(FloatingPointError, match="logits.*not finite"):
        judge(net, X, Y)


@pytest.mark.parametrize("right, other", [
    ([True, False], [True, False, True]), ([True, False], [True]), ([1, 0], [0, 1]),
    ([1, 0], [False, True]), ([[True]], [[False]]), ([True, False], [0.5, 0.2]), (True, False)],
    ids=str)
def test_what_cannot_be_paired(right, other):
    refuses(lambda: core.paired(right, other), "paired")


# ---- layers --------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [0, -1, 2.0, 2.5, "2", None, (2,), np.float64(2), np.nan])
def test_sizes_of_linear(size):
    refuses(lambda: core.Linear(size, 3, RNG), "n_in", repr(size))
    refuses(lambda: core.Linear(3, size, RNG), "n_out", repr(size))


def test_sizes_may_be_numpy_integers():
    assert core.Linear(np.int64(3), np.uint8(4), RNG).W.shape == (4, 3)


@pytest.mark.parametrize("rng", [0, 42, None, "seed", np.random, np.random.RandomState(0)])
@pytest.mark.parametrize("call", [
    lambda rng: core.Linear(3, 4, rng),
    lambda rng: core.he_normal((3, 4), rng),
    lambda rng: core.xavier_normal((3, 4), rng),
    lambda rng: core.normal(1)((3, 4), rng),
    lambda rng: core.minibatches(X, Y, 3, rng),
    lambda rng: fit(rng=rng),
], ids=["Linear", "he_normal", "xavier_normal", "normal", "minibatches", "fit"])
def test_a_seed_is_not_a_generator(call, rng):
    refuses(lambda: call(rng), "rng", "np.random.default_rng(seed)")


@pytest.mark.parametrize("W", [np.ones((3, 4), np.float32), np.ones((1, 3), np.float32), np.ones(3),
                               np.ones((4, 3, 1)), np.ones((4, 1))], ids=lambda W: str(W.shape))
def test_an_initialiser_that_returns_something_else(W):
    refuses(lambda: core.Linear(3, 4, RNG, lambda shape, rng: W), "(4, 3)")


@pytest.mark.parametrize("std", [-1, np.nan, np.inf, -np.inf])
def test_a_standard_deviation(std):
    refuses(lambda: core.normal(std), "std", str(std))


@pytest.mark.parametrize("dtype", [int, np.int32, bool, complex, object, str], ids=str)
def test_types_of_a_model(dtype):
    net = network(core, RNG, 4, 5, 3)
    before = snapshot(net)
    refuses(lambda: net.to(dtype), "to", "floating")
    assert same_state(net, before)


@pytest.mark.parametrize("layers", [(), (core.ReLU,), ([core.ReLU()],), (core.ReLU(), None),
                                    (core.ReLU(), "ReLU"), (np.tanh,)], ids=str)
def test_what_is_no_layer(layers):
    refuses(lambda: core.Sequential(*layers), "ayer")


def test_a_layer_stands_in_a_network_once():
    layer = core.Linear(3, 3, RNG)
    refuses(lambda: core.Sequential(layer, core.ReLU(), layer))
    refuses(lambda: core.Sequential(layer, core.Sequential(layer)))
    refuses(lambda: core.Sequential(core.Sequential(layer), core.Sequential(core.ReLU(), layer)))


# ---- checks --------------------------------------------------------------------------------------

@pytest.mark.parametrize("x", [np.ones(2, np.float32), np.ones(2, int), np.ones(2, complex),
                               np.ones(2, np.longdouble), [1.0, 2.0], 1.0, None],
                         ids=["float32", "int", "complex", "long", "list", "number", "None"])
def test_numerical_gradient_works_on_float64_arrays_alone(x):
    refuses(lambda: core.numerical_gradient(np.sum, x), "float64")


@pytest.mark.parametrize("x", [np.ones((3, 5)), np.ones(4), np.ones((0, 4)), np.ones((2, 4, 1))],
                         ids=lambda x: str(x.shape))
def test_gradient_check_of_an_x_that_does_not_fit(x):
    refuses(lambda: core.gradient_check(core.Linear(4, 3, RNG), x, RNG), str(x.shape))


# ---- training ------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [0, -1, 2.5, 3.0, "3", None, [3], np.nan])
def test_b055_sizes_in_training(size):
    """https://github.com/dreamquark-ai/tabnet/issues/537"""
    refuses(lambda: core.minibatches(X, Y, size, RNG), "batch_size", repr(size))
    refuses(lambda: fit(batch_size=size), "batch_size", repr(size))
    refuses(lambda: fit(epochs=size), "epochs", repr(size))
    if size is not None:
        refuses(lambda: fit(validation=(X, Y), validate_every=size), "validate_every", repr(size))


@pytest.mark.parametrize("lr", [-0.1, np.nan, np.inf, -np.inf, "0.1", None, [0.1], 1j, np.ones(1)],
                         ids=str)
def test_learning_rates(lr):
    net = network(core, RNG, 4, 5, 3)
    refuses(lambda: core.SGD(net, lr), "rate")
    optimiser, before = core.SGD(net, 0.1), snapshot(net)
    net.gradients(net.forward(X))
    optimiser.lr = lr
    refuses(optimiser.step, "rate")
    refuses(lambda: list(fit(net=net, schedule=lambda step: lr)), "rate")
    assert same_state(net, before)


def test_a_step_before_any_gradient():
    net = network(core, RNG, 4, 5, 3)
    before = snapshot(net)
    refuses(core.SGD(net, 0.1).step, "backward")
    assert same_state(net, before)


@pytest.mark.parametrize("db", [np.float32(1), np.ones(1, np.float32), np.ones((3, 1), np.float32),
                                np.ones((1, 3), np.float32), None], ids=str)
def test_a_step_never_broadcasts_a_gradient(db):
    layer = core.Linear(4, 3, RNG)
    layer.gradients(layer.forward(X))
    layer.db = db
    b = layer.b.copy()
    refuses(core.SGD(layer, 0.1).step, "(3,)")
    assert (layer.b == b).all()


def test_an_optimiser_of_another_model():
    net, other = network(core, RNG, 4, 5, 3), network(core, RNG, 4, 5, 3)
    refuses(lambda: fit(net=net, optimiser=core.SGD(other, 0.1)), "optimiser", "model")


def test_b143_a_step_with_an_optimiser_of_another_model():
    net, other = network(core, RNG, 4, 5, 3), network(core, RNG, 4, 5, 3)
    before, others = snapshot(net), snapshot(other)
    refuses(lambda: core.train_step(net, core.SGD(other, 0.1), X, Y), "optimiser", "model")
    assert same_state(net, before) and same_state(other, others)


@pytest.mark.parametrize("schedule", [0.1, "cosine", [0.1, 0.2]])
def test_a_schedule_is_a_function(schedule):
    refuses(lambda: fit(schedule=schedule), "schedule")


def test_what_fit_refuses_it_refuses_at_the_call_and_changes_nothing():
    net = network(core, RNG, 4, 5, 3)
    net.layers[1].training = False
    optimiser, before, state = core.SGD(net, 0.1), snapshot(net), RNG.bit_generator.state
    for wrong in (dict(X=NAN), dict(y=column(Y)), dict(epochs=0), dict(batch_size=0), dict(rng=1),
                  dict(validation=(X, Y[:-1])), dict(validation=(X, Y + 7)), dict(y=Y + 7),
                  dict(validation=(X[:, :2], Y)), dict(schedule=1)):
        with pytest.raises(ValueError):
            fit(net=net, optimiser=optimiser, **wrong)
    assert same_state(net, before) and RNG.bit_generator.state == state
    assert [layer.training for layer in net.walk()] == [True, True, False, True]


@pytest.mark.parametrize("y", [column(Y), Y[:-1], Y + 7], ids=["column", "too few", "too large"])
def test_a_refused_step_leaves_weights_and_mode(y):
    net = network(core, RNG, 4, 5, 3).eval()
    before = snapshot(net)
    with pytest.raises(ValueError):
        core.train_step(net, core.SGD(net, 0.1), X, y)
    assert same_state(net, before) and not any(layer.training for layer in net.walk())


# ---- schedules -----------------------------------------------------------------------------------

MAKERS = {
    "step_decay": lambda lr=1, steps=5, factor=0.5: core.step_decay(lr, steps, factor),
    "linear_decay": lambda lr=1, steps=5: core.linear_decay(lr, steps),
    "exponential_decay": lambda lr=1, steps=5, factor=0.5: (
        core.exponential_decay(lr, steps, factor)),
    "cosine_decay": lambda lr=1, steps=5: core.cosine_decay(lr, steps),
    "warmup": lambda steps=5: core.warmup(lambda step: 1.0, steps),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("steps", [0, -5, 2.5, "5", None])
def test_steps_of_a_schedule(name, steps):
    refuses(lambda: MAKERS[name](steps=steps), repr(steps))


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "warmup"])
@pytest.mark.parametrize("lr", [-1, np.nan, np.inf, "1", None])
def test_the_rate_of_a_schedule(name, lr):
    refuses(lambda: MAKERS[name](lr=lr), repr(lr))


@pytest.mark.parametrize("name", ["step_decay", "exponential_decay"])
@pytest.mark.parametrize("factor", [-0.5, np.nan, np.inf, "x", None])
def test_the_factor_of_a_schedule(name, factor):
    refuses(lambda: MAKERS[name](factor=factor), repr(factor))


def test_messages_stay_short():
    with pytest.raises(ValueError) as caught:
        fit(X=np.ones((1000, 784)).tolist())
    assert len(str(caught.value)) < 500
