"""Dropout and BatchNorm: what they do in training, what in evaluation, and what they remember."""

import copy

import core_beyond
import core_helpers
import numpy as np
import pytest
from core_helpers import close, convolutional, disturbed, problem, same_state, snapshot

import mnist_core as core


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def convnet_problem(rng, N):
    """Images (N, 2, 5, 4) that `convolutional` can learn: which of two halves is brighter."""
    X = rng.standard_normal((N, 2, 5, 4)).astype(np.float32)
    return X, (X[:, :, :2].sum((1, 2, 3)) > X[:, :, 3:].sum((1, 2, 3))).astype(int)


# ---- dropout -------------------------------------------------------------------------------------

@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_b012_dropout_keeps_the_mean(p, rng):
    """https://github.com/lmjohns3/theanets/pull/123"""
    layer = core.Dropout(p, rng)
    out = layer.forward(np.ones((1000, 1000), np.float32))
    assert abs(out.mean(dtype=np.float64) - 1) < 0.005
    assert abs((out == 0).mean() - p) < 0.002  # p is the share that is dropped
    assert len(np.unique(out)) == 2 and out.max() == pytest.approx(1 / (1 - p), rel=1e-6)


def test_b012_dropout_of_nothing_is_the_identity(rng):
    """https://github.com/lmjohns3/theanets/pull/123"""
    layer, x = core.Dropout(0, rng), rng.standard_normal((50, 40)).astype(np.float32)
    assert (layer.forward(x) == x).all() and (layer.backward(2 * x) == 2 * x).all()
    assert "probability that an entry is dropped" in " ".join(core.Dropout.__doc__.split())


def test_dropout_of_nothing_drops_not_even_the_lowest_number_drawn():
    class Zeros(np.random.Generator):
        def random(self, shape, dtype):
            return np.zeros(shape, dtype)

    layer = core.Dropout(0, Zeros(np.random.PCG64(0)))
    assert (layer.forward(np.ones((3, 4), np.float32)) == 1).all()


def test_dropout_by_hand():
    core_beyond.check_dropout(core)


@pytest.mark.parametrize("shape", [(1000,), (3, 4, 5, 6), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dropout_takes_any_shape_and_floating_type(shape, dtype, rng):
    layer, x = core.Dropout(0.3, rng), np.ones(shape, dtype)
    out = layer.forward(x)
    dx = layer.backward(x)
    assert out.dtype == dx.dtype == dtype and out.shape == shape and (out == dx).all()


@pytest.mark.parametrize("training", [True, False])
def test_dropout_draws_from_its_own_generator_and_in_training_alone(training, rng):
    other = np.random.default_rng(0)
    layer = core.Dropout(0.5, rng).train(training)
    layer.backward(layer.forward(np.ones((30, 20), np.float32)))
    moved = rng.bit_generator.state != other.bit_generator.state
    assert moved == training
    if training:
        keep = other.random((30, 20), np.float32) >= 0.5
        assert ((layer.scale > 0) == keep).all()
        assert rng.bit_generator.state == other.bit_generator.state


def test_two_forwards_drop_differently_and_backward_goes_with_the_last(rng):
    layer, x = core.Dropout(0.5, rng), np.ones((30, 20), np.float32)
    one, two = layer.forward(x), layer.forward(x)
    assert (one != two).any() and (layer.backward(x) == two).all()


def test_backward_goes_with_the_mode_of_its_forward(rng):
    layer, x = core.Dropout(0.5, rng), np.ones((30, 20), np.float32)
    out = layer.forward(x)
    layer.eval()
    assert (layer.backward(x) == out).all()
    norm, x = disturbed(core.BatchNorm(4), rng), rng.standard_normal((6, 4)).astype(np.float32)
    norm.forward(x)
    dx = norm.backward(x)
    norm.eval()
    assert (norm.backward(x) == dx).all()


def test_b057_validation_in_the_middle_stops_neither_dropout_nor_batch_norm(rng):
    """https://github.com/wkentaro/pytorch-fcn/issues/57"""
    net, (X, y) = convolutional(core, rng), convnet_problem(rng, 40)
    norm, drop = net.layers[2], net.layers[5]
    means, masks = [], []
    for record in core.fit(net, core.SGD(net, 0.01), X, y, epochs=2, batch_size=10, rng=rng,
                           validation=(X, y), validate_every=3):
        means.append(norm.mean.copy())
        if record.val_loss is None and record.step < 8:
            masks.append((drop.scale == 0).mean())
    assert all((a != b).all() for a, b in zip(means, means[1:]))
    assert len(masks) == 5 and 0.1 < min(masks) < max(masks) < 0.5
    assert all(layer.training for layer in net.walk())


def test_dropout_resumes_where_its_generator_stands(rng):
    """A copy of the layer draws what the layer draws: what gradient_check relies on."""
    layer, x = core.Dropout(0.5, rng), np.ones((30, 20), np.float32)
    layer.forward(x)
    other = copy.deepcopy(layer)
    assert (other.forward(x) == layer.forward(x)).all()


# ---- batch norm ----------------------------------------------------------------------------------

def test_batch_norm_by_hand():
    core_beyond.check_batch_norm(core)


@pytest.mark.parametrize("shape", [(4, 3), (64, 3), (2, 3, 5, 4)], ids=str)
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-4), (np.float64, 1e-9)])
def test_what_leaves_batch_norm_has_mean_beta_and_deviation_gamma(shape, dtype, tolerance, rng):
    layer = disturbed(core.BatchNorm(3, eps=0), rng).to(dtype)
    out = layer.forward((100 + 30 * rng.standard_normal(shape)).astype(dtype))
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    close(out.mean(axes), layer.beta, tolerance)
    close(out.std(axes), layer.gamma, tolerance)


def test_batch_norm_undoes_any_scale_and_shift_of_a_feature(rng):
    layer, x = core.BatchNorm(3, eps=0).to(np.float64), rng.standard_normal((7, 3))
    out = layer.forward(x)
    close(layer.forward(x * [3, 0.1, 1000] + [1, -5, 40]), out, 1e-9)
    close(layer.forward(-x), -out)


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2, 3)], ids=str)
def test_the_gradient_of_batch_norm_has_no_mean_and_no_part_along_its_output(shape, rng):
    """Σ dx = 0 and Σ dx x̂ = 0: shift and scale of x change nothing. In evaluation they do."""
    layer = disturbed(core.BatchNorm(3, eps=0), rng).to(np.float64)
    x, dout = rng.standard_normal((2, *shape))
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    layer.forward(x)
    dx = layer.backward(dout)
    close(dx.sum(axes), np.zeros(3))
    close((dx * x).sum(axes), np.zeros(3))
    layer.eval()
    layer.forward(x)
    assert (abs(layer.backward(dout).sum(axes)) > 1e-3).all()


def test_a_constant_feature_becomes_beta_and_no_nan(rng):
    layer = disturbed(core.BatchNorm(3), rng)
    out = layer.forward(np.full((8, 3), 7, np.float32))
    assert (out == layer.beta).all()
    dx = layer.backward(rng.standard_normal((8, 3)).astype(np.float32))
    assert np.isfinite(dx).all() and np.isfinite(layer.dgamma).all()


def test_the_running_numbers_come_to_those_of_the_data(rng):
    layer = core.BatchNorm(2, momentum=0.02).to(np.float64)
    layer.forward(3 + rng.standard_normal((10, 2)))
    close(layer.mean, [0.06, 0.06], 0.03)  # a share of 0.02 on the way from 0 to 3
    for _ in range(1000):
        layer.forward([5, -1] + [2, 0.5] * rng.standard_normal((10, 2)))
    close(layer.mean, [5, -1], 0.1)
    close(layer.var, [4, 0.25], 0.15)  # of the whole, and not the smaller one within a batch


def test_the_running_numbers_are_buffers_which_no_optimiser_sees(rng):
    layer = core.BatchNorm(4)
    assert list(layer.state()) == ["gamma", "beta", "mean", "var"]
    assert [id(W) for W, _ in layer.parameters()] == [id(layer.gamma), id(layer.beta)]
    arrays, (X, y) = list(layer.state().values()), problem(rng, D=4, C=4)
    for _ in range(3):
        core.train_step(layer, core.Adam(layer, 0.1, weight_decay=0.1), X, y)
    assert all(a is b for a, b in zip(layer.state().values(), arrays, strict=True))
    before = snapshot(layer)
    core.evaluate(layer, X, y)
    assert same_state(layer, before)


def test_a_constant_bias_before_batch_norm_has_no_gradient(rng):
    net = core.Sequential(core.Linear(4, 3, rng), core.BatchNorm(3)).to(np.float64)
    out = net.forward(rng.standard_normal((9, 4)))
    net.backward(rng.standard_normal(out.shape))
    close(net.layers[0].db, np.zeros(3))


def test_b059_one_image_alone_reads_as_it_does_among_a_hundred(rng):
    """https://github.com/soloice/mnist-bn/issues/1"""
    net, (X, y) = convolutional(core, rng), convnet_problem(rng, 100)
    optimiser = core.Adam(net, 0.01)
    list(core.fit(net, optimiser, X, y, epochs=40, batch_size=20, rng=rng))  # 200 steps
    logits = core.predict(net, X)
    for n in 0, 41, 99:
        close(core.predict(net, X[n:n + 1])[0], logits[n], 1e-5)
    order = rng.permutation(100)
    close(core.predict(net, X[order]), logits[order], 1e-5)
    assert core.evaluate(net, X, y)[1] > 0.8


def test_b059_a_batch_of_one_is_refused_in_training_and_not_in_evaluation(rng):
    """https://github.com/itayhubara/BinaryNet.tf/issues/9"""
    for layer, shape in (core.BatchNorm(3), (1, 3)), (core.BatchNorm(3), (1, 3, 4, 5)):
        before, x = snapshot(layer), rng.standard_normal(shape).astype(np.float32)
        core_helpers.refuses(lambda layer=layer, x=x: layer.forward(x), "two or more", "(1, 3")
        assert same_state(layer, before)
        close(layer.eval().forward(x), x, 1e-5)


def test_b069_a_loaded_network_says_what_the_saved_one_said(tmp_path, rng):
    """https://github.com/chenyuntc/pytorch-book/pull/178"""
    net, (X, y) = convolutional(core, rng), convnet_problem(rng, 60)
    list(core.fit(net, core.Momentum(net, 0.05), X, y, epochs=2, batch_size=20, rng=rng))
    core.save(tmp_path / "w", net)
    other = convolutional(core, np.random.default_rng(1))
    core.load(tmp_path / "w", other)
    assert same_state(other, snapshot(net))
    assert (core.predict(other, X) == core.predict(net, X)).all()
    with np.load(tmp_path / "w", allow_pickle=False) as file:
        assert {"2.mean", "2.var", "2.gamma", "2.beta"} < set(file)
        assert all(file[name].dtype != object for name in file)
