"""Linear, ReLU, Sequential and what every Layer can do: values, shapes, types, aliasing, modes."""

import copy

import core_helpers
import numpy as np
import pytest
from core_helpers import LAYERS, close, network, refuses, same_state, snapshot

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


@pytest.mark.parametrize("name", LAYERS)
class TestEveryLayer:
    @pytest.fixture
    def layer(self, name, rng):
        return LAYERS[name][0](core, rng)

    @pytest.fixture
    def x(self, name):
        """Three examples for the layer."""
        shape = 3, *LAYERS[name][1]
        return np.random.default_rng(1).standard_normal(shape).astype(np.float32)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_the_type_is_kept(self, layer, x, dtype):
        layer.to(dtype)
        out = layer.forward(x.astype(dtype))
        dx = layer.backward(np.ones_like(out))
        assert out.dtype == dx.dtype == dtype and dx.shape == x.shape
        for W, dW in layer.parameters():
            assert W.dtype == dW.dtype == dtype and W.shape == dW.shape
        assert all(array.dtype == dtype for array in layer.state().values())

    def test_b020_arguments_are_left_alone(self, layer, x, rng):
        """https://github.com/pytorch/pytorch/issues/5687"""
        dout = rng.standard_normal(layer.forward(x).shape).astype(np.float32)
        kept = x.copy(), dout.copy()
        x.flags.writeable = dout.flags.writeable = False
        out = layer.forward(x)
        kept_out = out.copy()
        layer.backward(dout)
        layer.gradients(dout)
        assert (x == kept[0]).all() and (dout == kept[1]).all() and (out == kept_out).all()

    def test_b020_no_result_is_overwritten_by_a_later_call(self, layer, x, rng):
        x1, x2 = x, rng.standard_normal(x.shape).astype(np.float32)
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
            assert not any(np.shares_memory(array, W) for W in layer.state().values())

    def test_a_result_changed_by_its_owner_does_not_spoil_the_backward(self, layer, x):
        dout = np.ones_like(layer.forward(x))
        wanted = layer.backward(dout)
        layer.forward(x)[...] = -7
        assert (layer.backward(dout) == wanted).all()
        layer.backward(dout)[...] = -7
        assert (layer.backward(dout) == wanted).all()

    def test_gradients_alone_are_those_of_backward(self, layer, x, rng):
        dout = rng.standard_normal(layer.forward(x).shape).astype(np.float32)
        layer.backward(dout)
        wanted = [dW for _, dW in layer.parameters()]
        layer.forward(x)
        layer.gradients(dout)
        assert all((dW == other).all()
                   for (_, dW), other in zip(layer.parameters(), wanted, strict=True))

    def test_backward_may_be_repeated_and_does_not_add_up(self, layer, x):
        dout = np.ones_like(layer.forward(x))
        dx = layer.backward(dout)
        first = [dW.copy() for _, dW in layer.parameters()]
        assert (layer.backward(dout) == dx).all()
        assert all((dW == other).all()
                   for (_, dW), other in zip(layer.parameters(), first, strict=True))

    def test_strided_and_fortran_arrays_count_like_others(self, layer, x, rng):
        wide = rng.standard_normal([2 * size for size in x.shape]).astype(np.float32)
        x = wide[(slice(None, None, 2),) * x.ndim]
        out = layer.forward(x)
        close(layer.forward(np.ascontiguousarray(x)), out, 1e-5)
        dout = rng.standard_normal(out.shape).astype(np.float32)
        dx = layer.backward(np.asfortranarray(dout))
        close(layer.backward(dout), dx, 1e-5)
        close(layer.forward(np.asfortranarray(x)), out, 1e-5)
        close(layer.backward(dout), dx, 1e-5)

    def test_modes_reach_every_layer_and_come_back(self, layer):
        assert layer.eval() is layer and not any(inner.training for inner in layer.walk())
        assert layer.train() is layer and all(inner.training for inner in layer.walk())
        layer.train(False)
        assert not any(inner.training for inner in layer.walk())

    def test_no_gradients_before_the_first_backward(self, layer, x):
        assert all(dW is None for _, dW in layer.parameters())
        layer.backward(layer.forward(x))
        layer.to(np.float64)
        assert all(dW is None for _, dW in layer.parameters())

    def test_backward_before_forward_is_refused(self, layer, x):
        for call in layer.backward, layer.gradients:
            refuses(lambda call=call: call(x), "given backward, wanted a forward")

    def test_a_refused_forward_leaves_nothing_behind(self, layer, x):
        """backward goes back from the forward before it, or is refused where there is none."""
        used = copy.deepcopy(layer)
        dout = np.ones_like(used.forward(x))
        wanted, before = used.backward(dout), snapshot(used)
        for wrong in x[:1], x[:0], x[:, :1], x.astype(np.float64), x.ravel():
            fresh, other = copy.deepcopy(layer), copy.deepcopy(used)
            try:
                fresh.forward(wrong)
            except ValueError:
                refuses(lambda fresh=fresh, wrong=wrong: fresh.backward(wrong), "given backward")
                if not isinstance(layer, core.Sequential):  # its first layers have seen the wrong x
                    refuses(lambda other=other, wrong=wrong: other.forward(wrong))
                    assert (other.backward(dout) == wanted).all() and same_state(other, before)

    def test_a_dout_never_broadcasts(self, layer, x):
        dout = np.ones_like(layer.forward(x))
        for wrong in (dout[:1], dout[:2], dout[..., :1], dout[None], dout[0], dout[:, None],
                      np.concatenate([dout, dout]), np.concatenate([dout, dout], -1),
                      dout[:0], dout.astype(np.float64), dout.astype(np.float16), dout.astype(int),
                      np.ones((), np.float32)):
            if (wrong.shape, wrong.dtype) != (dout.shape, dout.dtype):
                for call in layer.backward, layer.gradients:
                    refuses(lambda call=call, dout=wrong: call(dout), str(dout.shape), "float32")

    def test_random_numbers_come_from_the_given_generator_alone(self, name, x, monkeypatch):
        """Equal generators give equal layers and equal results, whatever else was drawn between."""
        generators = [np.random.default_rng(7) for _ in range(2)]
        monkeypatch.setattr(np.random, "default_rng", None)
        layers = [LAYERS[name][0](core, generator) for generator in generators]
        assert same_state(layers[1], snapshot(layers[0]))
        one, two = (layer.forward(x) for layer in layers)
        assert (one == two).all() and same_state(layers[1], snapshot(layers[0]))
        assert generators[0].bit_generator.state == generators[1].bit_generator.state

    def test_b059_in_evaluation_a_row_is_the_same_alone_and_among_a_hundred(self, layer, name, rng):
        """https://github.com/soloice/mnist-bn/issues/1"""
        x = rng.standard_normal((100, *LAYERS[name][1])).astype(np.float32)
        layer.eval()
        before = snapshot(layer)
        out = layer.forward(x)
        close(np.concatenate([layer.forward(x[n:n + 1]) for n in (0, 17, 99)]), out[[0, 17, 99]],
              1e-5)
        assert same_state(layer, before)

    def test_b069_all_that_evaluation_needs_is_saved(self, layer, name, x, tmp_path):
        """https://github.com/chenyuntc/pytorch-book/pull/178"""
        layer.forward(x)
        core.save(tmp_path / "w", layer)
        other = LAYERS[name][0](core, np.random.default_rng(5))
        core.load(tmp_path / "w", other)
        assert same_state(other, snapshot(layer))
        assert (other.eval().forward(x) == layer.eval().forward(x)).all()


# ---- what belongs to one class -------------------------------------------------------------------

def test_parameters_and_state_are_the_arrays_themselves(rng):
    net = core.Sequential(core.Linear(2, 3, rng), core.Sequential(core.ReLU(), core.BatchNorm(3)))
    assert list(net.state()) == [
        "0.W", "0.b", "1.1.gamma", "1.1.beta", "1.1.mean", "1.1.var"]
    assert list(net.layers[0].state()) == ["W", "b"]
    arrays = {id(array) for array in net.state().values()}
    assert {id(W) for W, _ in net.parameters()} < arrays and len(arrays) == 6
    assert net.state()["1.1.mean"] is net.layers[1].layers[1].mean


def test_two_layers_share_nothing(rng):
    one, two = core.Linear(3, 3, rng), core.Linear(3, 3, rng)
    assert (one.W != two.W).any() and one.b is not two.b
    one.b += 1
    assert not two.b.any()
    one.eval()
    assert two.training and core.Layer.training


def test_to_there_and_back_is_exact(rng):
    net = core.Sequential(core.Linear(3, 4, rng), core.BatchNorm(4))
    before = snapshot(net)
    assert net.to(np.float64) is net
    assert {array.dtype for array in net.state().values()} == {np.dtype(np.float64)}
    net.to(np.float32)
    assert same_state(net, before)


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


@pytest.mark.parametrize("name", ["Linear", "BatchNorm", "Conv2D", "RNN"])
def test_a_copy_of_a_layer_that_lists_no_parameters_still_reads_its_input(name, rng):
    """A chapter builds a class of its own, and in chapter 17 one forgets to list its parameters."""
    make, shape = LAYERS[name]
    layer, kind = make(core, rng), getattr(core, name)
    layer.__class__ = type(name, kind.__bases__, dict(vars(kind)) | {"names": ()})
    x = rng.standard_normal((3, *shape)).astype(np.float32)
    close(layer.forward(x), make(core, np.random.default_rng(0)).forward(x), 1e-6)
    refuses(lambda: layer.forward(x.astype(np.float64)), "float64", "of float32")
