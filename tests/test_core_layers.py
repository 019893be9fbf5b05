"""Linear, ReLU, Sequential and what every Layer can do: values, shapes, types, aliasing, modes."""

import core_helpers
import numpy as np
import pytest
from core_helpers import RunningMean, close, network, problem, snapshot

import mnist_core as core


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_linear_by_hand():
    core_helpers.check_linear(core)


def test_b010_relu_passes_nothing_back_where_its_input_was_negative():
    """https://github.com/iamtrask/Grokking-Deep-Learning/issues/9"""
    core_helpers.check_relu(core)
    layer = core.ReLU()
    layer.forward(np.array([-1.0, 0, 2]))
    assert layer.backward(np.ones(3)).tolist() == [0, 0, 1]


def test_sigmoid_and_tanh_by_hand():
    core_helpers.check_sigmoid(core)
    core_helpers.check_tanh(core)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_tanh_at_the_ends_of_the_number_line(dtype, recwarn):
    """Without a warning, within 0 and 1, and small where it is small: not rounded to 0."""
    x = np.array([-np.inf, -1e4, -80, -30, 0, 30, 80, 1e4, np.inf], dtype)
    sigmoid, tanh = core.Sigmoid(), core.Tanh()
    out = sigmoid.forward(x)
    assert (np.diff(out) >= 0).all() and out[0] == 0 and out[-1] == 1
    close(out[2:4] / np.exp([-80.0, -30.0]), [1, 1], 1e-5)
    assert tanh.forward(x)[[0, -1]].tolist() == [-1, 1]
    for layer in sigmoid, tanh:
        dx = layer.backward(np.ones_like(x))
        assert np.isfinite(dx).all() and dx[0] == dx[-1] == 0
    assert not recwarn.list


def test_sequential_by_hand():
    core_helpers.check_sequential(core)


@pytest.mark.parametrize("N", [1, 7, 64])
def test_b009_the_gradient_of_the_bias_sums_over_the_examples(N, rng):
    """https://datascience.stackexchange.com/questions/20139/gradients-for-bias-terms-in-backpropagation"""
    layer = core.Linear(3, 5, rng).to(np.float64)
    layer.forward(rng.standard_normal((N, 3)))
    layer.backward(np.full((N, 5), 1 / N))
    close(layer.db, np.ones(5))


@pytest.mark.parametrize("shape", [(1,), (7,), (2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_relu_takes_any_shape(shape, rng):
    layer, x = core.ReLU(), rng.standard_normal(shape)
    close(layer.forward(x), x * (x > 0))
    close(layer.backward(x), x * (x > 0))


@pytest.mark.parametrize("make", [
    lambda rng: core.Linear(4, 6, rng),
    lambda rng: core.ReLU(),
    lambda rng: core.Sigmoid(),
    lambda rng: core.Tanh(),
    lambda rng: core.Sequential(core.ReLU()),
    lambda rng: network(core, rng, 4, 6, 5),
    lambda rng: core.Sequential(core.ReLU(), network(core, rng, 4, 6, 5), core.ReLU()),
], ids=["Linear", "ReLU", "Sigmoid", "Tanh", "Sequential(ReLU)", "network", "nested"])
class TestEveryLayer:
    @pytest.fixture
    def layer(self, make, rng):
        return make(rng)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_the_type_is_kept(self, layer, rng, dtype):
        layer.to(dtype)
        x = rng.standard_normal((3, 4)).astype(dtype)
        out = layer.forward(x)
        dx = layer.backward(np.ones_like(out))
        assert out.dtype == dx.dtype == dtype and dx.shape == x.shape
        for W, dW in layer.parameters():
            assert W.dtype == dW.dtype == dtype and W.shape == dW.shape

    def test_b020_arguments_are_left_alone(self, layer, rng):
        """https://github.com/pytorch/pytorch/issues/5687"""
        x = rng.standard_normal((3, 4)).astype(np.float32)
        dout = rng.standard_normal(layer.forward(x).shape).astype(np.float32)
        kept = x.copy(), dout.copy()
        x.flags.writeable = dout.flags.writeable = False
        out = layer.forward(x)
        kept_out = out.copy()
        layer.backward(dout)
        layer.gradients(dout)
        assert (x == kept[0]).all() and (dout == kept[1]).all() and (out == kept_out).all()

    def test_b020_no_result_is_overwritten_by_a_later_call(self, layer, rng):
        x1, x2 = rng.standard_normal((2, 3, 4)).astype(np.float32)
        out1 = layer.forward(x1)
        dx1 = layer.backward(np.ones_like(out1))
        given = [out1, dx1, *(dW for _, dW in layer.parameters())]
        kept = [array.copy() for array in given]
        out2 = layer.forward(x2)
        dx2 = layer.backward(2 * np.ones_like(out2))
        assert all((a == b).all() for a, b in zip(given, kept, strict=True))
        assert not np.shares_memory(out1, out2) and not np.shares_memory(dx1, dx2)
        for array in out1, dx1:
            assert not np.shares_memory(array, x1)
            assert not any(np.shares_memory(array, W) for W, _ in layer.parameters())

    def test_a_result_changed_by_its_owner_does_not_spoil_the_backward(self, layer, rng):
        x, dout = rng.standard_normal((2, 3, 4)).astype(np.float32)
        dout = np.ones_like(layer.forward(x))
        wanted = layer.backward(dout)
        layer.forward(x)[...] = -7
        assert (layer.backward(dout) == wanted).all()

    def test_gradients_alone_are_those_of_backward(self, layer, rng):
        x = rng.standard_normal((3, 4)).astype(np.float32)
        dout = rng.standard_normal(layer.forward(x).shape).astype(np.float32)
        layer.backward(dout)
        wanted = [dW for _, dW in layer.parameters()]
        layer.forward(x)
        layer.gradients(dout)
        assert all((dW == other).all()
                   for (_, dW), other in zip(layer.parameters(), wanted, strict=True))

    def test_backward_may_be_repeated_and_does_not_add_up(self, layer, rng):
        x = rng.standard_normal((3, 4)).astype(np.float32)
        dout = np.ones_like(layer.forward(x))
        dx = layer.backward(dout)
        first = [dW.copy() for _, dW in layer.parameters()]
        assert (layer.backward(dout) == dx).all()
        assert all((dW == other).all()
                   for (_, dW), other in zip(layer.parameters(), first, strict=True))

    def test_strided_and_fortran_arrays_count_like_others(self, layer, rng):
        x = rng.standard_normal((6, 8)).astype(np.float32)[::2, ::2]
        dout = rng.standard_normal((6, 12)).astype(np.float32)
        out = layer.forward(x)
        close(layer.forward(np.ascontiguousarray(x)), out, 1e-5)
        dout = dout[:out.shape[1], :out.shape[0]].T
        dx = layer.backward(dout)
        close(layer.backward(np.ascontiguousarray(dout)), dx, 1e-5)

    def test_modes_reach_every_layer_and_come_back(self, layer):
        assert all(inner.training for inner in layer.walk())
        assert layer.eval() is layer and not any(inner.training for inner in layer.walk())
        assert layer.train() is layer and all(inner.training for inner in layer.walk())
        layer.train(False)
        assert not any(inner.training for inner in layer.walk())

    def test_no_gradients_before_the_first_backward(self, layer, rng):
        assert all(dW is None for _, dW in layer.parameters())
        out = layer.forward(rng.standard_normal((3, 4)).astype(np.float32))
        layer.backward(out)
        layer.to(np.float64)
        assert all(dW is None for _, dW in layer.parameters())

    def test_backward_before_forward_is_refused(self, layer):
        with pytest.raises(ValueError, match="given backward.*wanted a forward"):
            layer.backward(np.ones((3, 4), np.float32))
        with pytest.raises(ValueError, match="given backward.*wanted a forward"):
            layer.gradients(np.ones((3, 4), np.float32))


# ---- what belongs to one class -------------------------------------------------------------------

def test_parameters_and_state_are_the_arrays_themselves(rng):
    net = core.Sequential(core.Linear(2, 3, rng), core.Sequential(core.ReLU(), RunningMean(3)))
    assert list(net.state()) == ["0.W", "0.b", "1.1.shift", "1.1.mean"]
    assert list(net.layers[0].state()) == ["W", "b"]
    arrays = {id(array) for array in net.state().values()}
    assert {id(W) for W, _ in net.parameters()} < arrays and len(arrays) == 4
    assert net.state()["1.1.mean"] is net.layers[1].layers[1].mean


def test_two_layers_share_nothing(rng):
    one, two = core.Linear(3, 3, rng), core.Linear(3, 3, rng)
    assert (one.W != two.W).any() and one.b is not two.b
    one.b += 1
    assert not two.b.any()
    one.eval()
    assert two.training and core.Layer.training


def test_to_there_and_back_is_exact(rng):
    net = core.Sequential(core.Linear(3, 4, rng), RunningMean(4))
    before = snapshot(net)
    assert net.to(np.float64) is net
    assert {array.dtype for array in net.state().values()} == {np.dtype(np.float64)}
    net.to(np.float32)
    assert core_helpers.same_state(net, before)


def test_to_between_forward_and_backward_does_not_mix_types(rng):
    layer = core.Linear(3, 4, rng)
    out = layer.forward(np.ones((2, 3), np.float32))
    layer.to(np.float64)
    with pytest.raises(ValueError):
        layer.backward(out)
    assert layer.dW is None


def test_a_network_reads_like_its_figure(rng):
    net = core.Sequential(core.Linear(784, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
    assert repr(net) == "Sequential(Linear(784, 128), ReLU(), Linear(128, 10))"
    assert repr(core.Sequential(core.Sequential(core.ReLU()))) == "Sequential(Sequential(ReLU()))"
    assert eval(repr(core.ReLU()), vars(core)).__class__ is core.ReLU


def test_nan_and_infinity_pass_through_relu_visibly():
    layer = core.ReLU()
    out = layer.forward(np.array([np.nan, np.inf, -np.inf, 1]))
    assert np.isnan(out[0]) and out[1:].tolist() == [np.inf, 0, 1]


def test_linear_of_one_row_is_the_textbook_column(rng):
    """z = W x + b, for one example as a vector."""
    layer = network(core, rng, 5, 3, dtype=np.float64).layers[0]
    x = rng.standard_normal(5)
    close(layer.forward(x[None])[0], layer.W @ x + layer.b)


def test_linear_against_plain_loops(rng):
    layer = network(core, rng, 3, 5, dtype=np.float64).layers[0]
    x, dout = rng.standard_normal((4, 3)), rng.standard_normal((4, 5))
    out, dx = layer.forward(x), layer.backward(dout)
    W, b = layer.W.tolist(), layer.b.tolist()
    close(out, [[sum(W[j][k] * x[n, k] for k in range(3)) + b[j] for j in range(5)]
                for n in range(4)])
    close(dx, [[sum(dout[n, j] * W[j][k] for j in range(5)) for k in range(3)] for n in range(4)])
    close(layer.dW, [[sum(dout[n, j] * x[n, k] for n in range(4)) for k in range(3)]
                     for j in range(5)])
    close(layer.db, [sum(dout[n, j] for n in range(4)) for j in range(5)])


def test_b025_doubling_the_batch_leaves_every_gradient_and_the_step(rng):
    """https://github.com/d2l-ai/d2l-en/pull/1000"""
    X, y = problem(rng, 5, 3, 4, np.float64)
    states = []
    for copies in 1, 2:
        net = network(core, np.random.default_rng(1), 3, 6, 4, dtype=np.float64)
        loss = core.train_step(net, core.SGD(net, 0.5), np.tile(X, (copies, 1)), np.tile(y, copies))
        states.append([loss, *(dW for _, dW in net.parameters()), *net.state().values()])
    for one, two in zip(*states, strict=True):
        close(two, one)
