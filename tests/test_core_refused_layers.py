"""Bad input of images, sequences, batch norm, dropout and the optimisers, refused."""

import numpy as np
import pytest
from core_helpers import LAYERS, convolutional, network, problem, refuses, same_state, snapshot

import mnist_core as core

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((3, 2, 5, 4)).astype(np.float32)
NO_SHARES = [-0.1, -1, 1, 1.0, 1.5, np.nan, np.inf, -np.inf, "0.5", None, [0.5], 1j, np.ones(1)]
NO_RATES = [-0.1, np.nan, np.inf, "0.1", None, [0.1], 1j]
NO_SIZES = [0, -1, 2.0, 2.5, "2", None, (2,), np.nan]


def fresh(name):
    return LAYERS[name][0](core, np.random.default_rng(1))


# ---- what a layer is made with -------------------------------------------------------------------

@pytest.mark.parametrize("size", NO_SIZES, ids=repr)
@pytest.mark.parametrize("name, call", [
    ("n_in", lambda size: core.Conv2D(size, 3, 2, RNG)),
    ("n_out", lambda size: core.Conv2D(2, size, 2, RNG)),
    ("k", lambda size: core.Conv2D(2, 3, size, RNG)),
    ("stride", lambda size: core.Conv2D(2, 3, 2, RNG, stride=size)),
    ("k", core.MaxPool2D),
    ("n", core.BatchNorm),
    ("n", lambda size: core.RNN(2, size, RNG)),
    ("n_in", lambda size: core.RNN(size, 3, RNG)),
], ids=["Conv2D n_in", "Conv2D n_out", "Conv2D k", "stride", "MaxPool2D k", "BatchNorm n", "RNN n",
        "RNN n_in"])
def test_sizes(name, call, size):
    refuses(lambda: call(size), name, repr(size), "1, 2, 3, ...")


@pytest.mark.parametrize("padding", [-1, -100, 0.0, 1.5, "1", None, (1, 1), np.nan], ids=repr)
def test_padding(padding):
    refuses(lambda: core.Conv2D(2, 3, 2, RNG, padding=padding), "padding", repr(padding),
            "0, 1, 2, ...")


def test_padding_of_zero_and_sizes_of_numpy_will_do():
    layer = core.Conv2D(np.int64(2), np.uint8(3), np.int32(2), RNG, np.int64(1), np.int64(0))
    assert layer.forward(IMAGES).shape == (3, 3, 4, 3)


@pytest.mark.parametrize("share", NO_SHARES, ids=repr)
@pytest.mark.parametrize("name, call", [
    ("p", lambda share: core.Dropout(share, RNG)),
    ("momentum", lambda share: core.BatchNorm(3, momentum=share)),
    ("momentum", lambda share: core.Momentum(fresh("Linear"), 0.1, share)),
    ("momentum", lambda share: core.Adam(fresh("Linear"), beta1=share)),
    ("beta2", lambda share: core.Adam(fresh("Linear"), beta2=share)),
], ids=["Dropout", "BatchNorm", "Momentum", "beta1", "beta2"])
def test_b012_shares_from_0_to_below_1(name, call, share):
    """https://github.com/lmjohns3/theanets/pull/123"""
    refuses(lambda: call(share), name)


@pytest.mark.parametrize("rate", NO_RATES, ids=repr)
@pytest.mark.parametrize("name, call", [
    ("eps", lambda rate: core.BatchNorm(3, eps=rate)),
    ("eps", lambda rate: core.Adam(fresh("Linear"), eps=rate)),
    *((name, lambda rate, kind=kind, name=name: kind(fresh("Linear"), 0.1, **{name: rate}))
      for kind in (core.Momentum, core.Adam) for name in ("l2", "weight_decay")),
    ("rate", lambda rate: core.Momentum(fresh("Linear"), rate)),
    ("rate", lambda rate: core.Adam(fresh("Linear"), rate)),
], ids=["BatchNorm eps", "Adam eps", "Momentum l2", "Momentum weight_decay", "Adam l2",
        "Adam weight_decay", "Momentum rate", "Adam rate"])
def test_rates_and_decays(name, call, rate):
    refuses(lambda: call(rate), name, repr(rate), "0 or above")


@pytest.mark.parametrize("rng", [0, 42, None, "seed", np.random, np.random.RandomState(0)])
@pytest.mark.parametrize("call", [
    lambda rng: core.Dropout(0.5, rng),
    lambda rng: core.Conv2D(2, 3, 2, rng),
    lambda rng: core.RNN(2, 3, rng),
], ids=["Dropout", "Conv2D", "RNN"])
def test_a_seed_is_not_a_generator(call, rng):
    refuses(lambda: call(rng), "rng", "np.random.default_rng(seed)")


@pytest.mark.parametrize("shape", [(3, 2, 2, 2), (8, 3), (3, 9), (3,)], ids=str)
def test_a_start_of_another_shape(shape):
    refuses(lambda: core.Conv2D(2, 3, 2, RNG, init=lambda *_: np.ones(shape)), str(shape), "(3, 8)")
    refuses(lambda: core.RNN(5, 3, RNG, init=lambda *_: np.ones(shape)), str(shape), "(3, 8)")


# ---- what a layer is given -----------------------------------------------------------------------

def test_a_kernel_larger_than_the_image():
    for k, padding in (5, 0), (7, 1), (100, 3):
        layer = core.Conv2D(2, 3, k, RNG, padding=padding)
        refuses(lambda layer=layer: layer.forward(IMAGES), "Conv2D", "(3, 2, 5, 4)", f"{k} x {k}")
    refuses(lambda: core.MaxPool2D(5).forward(IMAGES), "MaxPool2D(5)", "(3, 2, 5, 4)", "5 x 5")
    assert core.Conv2D(2, 3, 4, RNG).forward(IMAGES).shape == (3, 3, 2, 1)
    assert core.Conv2D(2, 3, 6, RNG, padding=1).forward(IMAGES).shape == (3, 3, 2, 1)
    assert core.MaxPool2D(4).forward(IMAGES).shape == (3, 2, 1, 1)


@pytest.mark.parametrize("shape", [(3, 2, 2, 9), (3, 2, 9, 2)], ids=["low", "narrow"])
@pytest.mark.parametrize("layer", [core.Conv2D(2, 3, 3, RNG), core.MaxPool2D(3)],
                         ids=lambda layer: type(layer).__name__)
def test_an_image_that_is_large_enough_in_one_direction_alone(layer, shape):
    refuses(lambda: layer.forward(np.ones(shape, np.float32)), str(shape), "3 x 3 or more")


WRONG_IMAGES = {
    "channels": IMAGES[:, :1],
    "channels last": IMAGES.transpose(0, 2, 3, 1),
    "one image": IMAGES[0],
    "rows": IMAGES.reshape(3, -1),
    "five axes": IMAGES[None],
    "none": IMAGES[:0],
    "no width": IMAGES[..., :0],
}


@pytest.mark.parametrize("fault", WRONG_IMAGES)
@pytest.mark.parametrize("layer", [core.Conv2D(2, 3, 2, RNG), core.BatchNorm(2), core.MaxPool2D(2),
                                   core.Flatten()], ids=lambda layer: type(layer).__name__)
def test_images_of_another_shape(layer, fault):
    x = WRONG_IMAGES[fault]
    if fault.startswith("channels") and not layer.names:
        layer.forward(x)  # any channels will do
    else:
        refuses(lambda: layer.forward(x), type(layer).__name__, str(x.shape))


@pytest.mark.parametrize("x", [np.ones((4, 3)), np.ones((4, 3), np.float16), np.ones((4, 3), int),
                               np.ones((4, 3), bool)], ids=lambda x: str(x.dtype))
@pytest.mark.parametrize("layer, shape", [
    (core.Conv2D(3, 2, 1, RNG), (4, 3, 1, 1)), (core.BatchNorm(3), (4, 3)),
    (core.RNN(3, 2, RNG), (1, 4, 3))], ids=["Conv2D", "BatchNorm", "RNN"])
def test_types_that_are_not_those_of_the_weights(layer, shape, x):
    refuses(lambda: layer.forward(x.reshape(shape)), str(x.dtype), "float32")


@pytest.mark.parametrize("dtype", [int, np.uint8, bool, complex, object], ids=str)
def test_dropout_takes_floating_point_numbers_alone(dtype):
    layer, x = core.Dropout(0.5, np.random.default_rng(0)), np.ones((2, 3), dtype)
    for mode in layer.train, layer.eval:
        refuses(lambda mode=mode: mode().forward(x), "Dropout(0.5)", "floating")


def test_dropout_of_whole_numbers_is_never_infinite():
    """They are refused, or scaled as numbers of a floating type."""
    layer, x = core.Dropout(0.5, np.random.default_rng(0)), np.arange(8)
    try:
        with np.errstate(all="ignore"):
            out = layer.forward(x)
    except ValueError:
        return
    assert np.isfinite(out).all() and set(out / np.maximum(x, 1)) <= {0, 2}


@pytest.mark.parametrize("x", [np.ones((1, 3)), np.ones((1, 3, 4, 4))], ids=lambda x: str(x.ndim))
def test_b059_a_batch_of_one_in_training(x):
    """https://github.com/soloice/mnist-bn/issues/1"""
    layer = core.BatchNorm(3)
    refuses(lambda: layer.forward(x.astype(np.float32)), "BatchNorm(3)", "two or more", "to train")
    net = core.Sequential(core.Linear(4, 3, RNG), core.BatchNorm(3))
    X, y = problem(RNG, 1)
    before = snapshot(net)
    refuses(lambda: core.train_step(net, core.Adam(net), X, y), "BatchNorm(3)")
    assert same_state(net, before)
    core.evaluate(net, X, y)


@pytest.mark.parametrize("shape", [(4, 0, 3), (4, 3), (4, 5, 2), (4, 5, 4), (0, 5, 3), (3,),
                                   (1, 4, 5, 3)], ids=str)
def test_sequences(shape):
    x = np.ones(shape, np.float32)
    refuses(lambda: core.RNN(3, 2, RNG).forward(x), "RNN(3, 2)", str(shape), "T, 3")


def test_types_of_a_model_with_running_numbers():
    net = convolutional(core, RNG)
    before = snapshot(net)
    refuses(lambda: net.to(int), "to", "floating")
    assert same_state(net, before)
    net.to(np.float64)
    refuses(lambda: net.forward(IMAGES), "float32", "float64")


# ---- optimisers ----------------------------------------------------------------------------------

OPTIMISERS = {
    "Momentum": lambda model: core.Momentum(model, 0.1, weight_decay=0.1),
    "Adam": lambda model: core.Adam(model, 0.1, l2=0.1, weight_decay=0.1),
}


@pytest.fixture(params=OPTIMISERS)
def make(request):
    return OPTIMISERS[request.param]


@pytest.mark.parametrize("lr", [-0.1, np.nan, np.inf, "0.1", None, [0.1], np.ones(1)], ids=repr)
def test_a_rate_set_to_nonsense_moves_nothing(make, lr):
    layer = fresh("Linear")
    optimiser, before = make(layer), snapshot(layer)
    layer.backward(layer.forward(np.ones((3, 4), np.float32)))
    optimiser.lr = lr
    refuses(optimiser.step, "rate")
    assert same_state(layer, before)


def test_a_step_before_any_gradient_moves_nothing(make):
    for name in "network", "Conv2D", "RNN", "BatchNorm":
        layer = fresh(name)
        before = snapshot(layer)
        refuses(make(layer).step, "backward")
        assert same_state(layer, before)


@pytest.mark.parametrize("db", [np.float32(1), np.ones(1, np.float32), np.ones((6, 1), np.float32),
                                np.ones((1, 6), np.float32), None], ids=str)
def test_a_step_never_broadcasts_a_gradient(make, db):
    layer = fresh("Linear")
    optimiser, before = make(layer), snapshot(layer)
    layer.backward(layer.forward(np.ones((3, 4), np.float32)))
    layer.db = db
    refuses(optimiser.step, "(6,)")
    assert same_state(layer, before)


def test_a_model_whose_parameters_changed_shape(make):
    layer = fresh("Linear")
    optimiser = make(layer)
    for shape in (6, 5), (7, 4), (4, 6), (1, 4):
        layer.W, layer.b = np.ones(shape, np.float32), np.ones(shape[0], np.float32)
        layer.dW, layer.db = layer.W, layer.b
        before = snapshot(layer)
        refuses(optimiser.step, "optimiser", str(shape), "(6, 4)")
        assert same_state(layer, before)


def test_a_model_that_gained_or_lost_a_layer(make):
    net = network(core, RNG, 4, 5, 3)
    optimiser = make(net)
    for layers in net.layers[:2], (*net.layers, core.Linear(3, 3, RNG)):
        net.layers = layers
        net.backward(net.forward(np.ones((2, 4), np.float32)))
        refuses(optimiser.step, "optimiser", "(5, 4)")


def test_b143_an_optimiser_of_another_model(make):
    net, other = network(core, RNG, 4, 5, 3), network(core, RNG, 4, 5, 3)
    X, y = problem(RNG)
    before, others = snapshot(net), snapshot(other)
    refuses(lambda: core.train_step(net, make(other), X, y), "optimiser", "model")
    refuses(lambda: core.fit(net, make(other), X, y, epochs=1, batch_size=4, rng=RNG), "optimiser")
    assert same_state(net, before) and same_state(other, others)


# ---- files ---------------------------------------------------------------------------------------

OTHERS = {
    "stride": (lambda: core.Conv2D(2, 3, 3, RNG, padding=1),
               lambda: core.Conv2D(2, 3, 3, RNG, padding=1, stride=2)),
    "padding": (lambda: core.Conv2D(2, 3, 3, RNG), lambda: core.Conv2D(2, 3, 3, RNG, padding=1)),
    "k of a kernel": (lambda: core.Conv2D(2, 3, 3, RNG), lambda: core.Conv2D(2, 3, 2, RNG)),
    "channels": (lambda: core.Conv2D(2, 3, 3, RNG), lambda: core.Conv2D(3, 2, 3, RNG)),
    "k of pooling": (lambda: core.Sequential(core.Linear(4, 3, RNG), core.MaxPool2D(2)),
                     lambda: core.Sequential(core.Linear(4, 3, RNG), core.MaxPool2D(3))),
    "p": (lambda: core.Sequential(core.Linear(4, 3, RNG), core.Dropout(0.5, RNG)),
          lambda: core.Sequential(core.Linear(4, 3, RNG), core.Dropout(0.2, RNG))),
    "n": (lambda: core.BatchNorm(3), lambda: core.BatchNorm(4)),
    "states": (lambda: core.RNN(2, 3, RNG), lambda: core.RNN(3, 2, RNG)),
    "another layer": (lambda: core.Linear(5, 3, RNG), lambda: core.RNN(2, 3, RNG)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_b069_a_file_of_another_architecture(name, tmp_path):
    """https://github.com/chenyuntc/pytorch-book/pull/178"""
    model, other = (build() for build in OTHERS[name])
    for saved, filled in (model, other), (other, model):
        before = snapshot(filled)
        core.save(tmp_path / "w", saved)
        refuses(lambda saved=saved, filled=filled: core.load(tmp_path / "w", filled),
                repr(saved), repr(filled))
        assert same_state(filled, before)


@pytest.mark.parametrize("name", ["1.mean", "1.var", "1.gamma"])
def test_b069_a_file_without_running_numbers(name, tmp_path):
    """https://github.com/chenyuntc/pytorch-book/pull/178"""
    model = core.Sequential(core.Linear(4, 3, RNG), core.BatchNorm(3))
    core.save(tmp_path / "w", model)
    with np.load(tmp_path / "w", allow_pickle=False) as file:
        arrays = dict(file)
    before, array = snapshot(model), arrays.pop(name)
    with (tmp_path / "w").open("wb") as file:
        np.savez(file, **arrays)
    refuses(lambda: core.load(tmp_path / "w", model), name)
    with (tmp_path / "w").open("wb") as file:
        np.savez(file, **arrays, **{name: array[:1]})
    refuses(lambda: core.load(tmp_path / "w", model), name, "(1,)", "(3,)")
    assert same_state(model, before)
