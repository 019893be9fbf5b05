"""numerical_gradient, gradient_check: right layers pass, wrong ones fail, nothing is disturbed."""

import copy

import core_helpers
import numpy as np
import pytest
from core_helpers import Spy, close, network, problem, snapshot

import mnist_core as core


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_numerical_gradient_by_hand():
    core_helpers.check_numerical_gradient(core)


def test_gradient_check_finds_faults():
    core_helpers.check_gradient_check(core)


def test_a_gradient_that_stays_0_is_found_on_the_smallest_inputs_too(rng):
    class Still(core.Linear):
        def gradients(self, dout):
            super().gradients(dout)
            self.dW = 0 * self.dW

    x = 1e-6 * rng.standard_normal((4, 3))
    assert core.gradient_check(Still(3, 5, rng), x, rng) == pytest.approx(1)


# ---- many shapes ---------------------------------------------------------------------------------

def different_sizes(seed, count):
    """Sizes from 2 to 9, no two alike: equal ones hide a wrong axis."""
    return np.random.default_rng(seed).permutation(np.arange(2, 10))[:count].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_b005_linear_at_random_shapes(seed, rng):
    """https://pytroubles.com/en/posts/id1785-fixing-numpy-mnist-training-correct-gradient-axes-bias-reductions-and-stable-softmax"""
    N, n_in, n_out = different_sizes(seed, 3)
    layer = network(core, rng, n_in, n_out).layers[0]
    assert layer.b.all()
    assert core.gradient_check(layer, rng.standard_normal((N, n_in)), rng) < 1e-7


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("axes", [1, 2, 3, 4])
def test_relu_at_random_shapes(seed, axes, rng):
    shape = different_sizes(seed, axes)
    assert core.gradient_check(core.ReLU(), rng.standard_normal(shape), rng) < 1e-7


@pytest.mark.parametrize("seed", range(8))
def test_b005_whole_networks_at_random_shapes(seed, rng):
    N, *sizes = different_sizes(seed, 3 + seed % 4)
    net = network(core, rng, *sizes)
    assert core.gradient_check(net, rng.standard_normal((N, sizes[0])), rng) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_path_from_the_weights_to_the_loss(seed, rng):
    N, D, H, C = different_sizes(seed, 4)
    net = network(core, rng, D, H, C, dtype=np.float64)
    X, y = problem(rng, N, D, C, np.float64)

    def loss(_):
        return core.softmax_cross_entropy(net.forward(X), y)[0]

    net.forward(X)
    net.gradients(core.softmax_cross_entropy(net.forward(X), y)[1])
    given = [dW for _, dW in net.parameters()]
    for (W, _), dW in zip(net.parameters(), given, strict=True):
        n = core.numerical_gradient(loss, W)
        assert not np.isnan(n).any()
        close(dW, n, 1e-8)


def test_nested_networks_and_layers_without_parameters(rng):
    net = core.Sequential(network(core, rng, 4, 6, 5), core.ReLU(), network(core, rng, 5, 3), Spy())
    assert core.gradient_check(net, rng.standard_normal((7, 4)), rng) < 1e-6


def test_b022_a_float32_layer_is_checked_in_float64_and_left_as_it_was(rng):
    """https://datascience.stackexchange.com/questions/30850/gradientchecking-can-i-blame-float-precision"""
    layer = core.Linear(196, 10, rng)
    before, arrays = snapshot(layer), [layer.W, layer.b]
    x = rng.random((3, 196), np.float32)
    kept = x.copy()
    assert core.gradient_check(layer, x, rng) < 1e-6
    assert [layer.W, layer.b] == arrays and core_helpers.same_state(layer, before)
    assert layer.x is None and layer.dW is None and layer.db is None and layer.training
    assert (x == kept).all() and x.dtype == np.float32


@pytest.mark.parametrize("x", [[[1, 2, 3]], np.array([[1, 2, 3]]), np.ones((1, 3), np.float32)])
def test_whatever_numbers_x_holds(x, rng):
    assert core.gradient_check(core.Linear(3, 2, rng), x, rng) < 1e-7


def test_gradients_and_inputs_of_an_earlier_pass_survive_the_check(rng):
    layer = core.Linear(3, 2, rng)
    x = np.ones((4, 3), np.float32)
    layer.backward(layer.forward(x))
    dW = layer.dW.copy()
    core.gradient_check(layer, rng.standard_normal((5, 3)), rng)
    assert layer.x is x and (layer.dW == dW).all() and layer.dW.dtype == np.float32


# ---- layers that draw or remember ----------------------------------------------------------------

def test_dropout_draws_the_same_mask_throughout_and_its_generator_stays(rng):
    layer = core.Dropout(0.4, np.random.default_rng(1))
    state = copy.deepcopy(layer.rng.bit_generator.state)
    assert core.gradient_check(layer, rng.standard_normal((5, 7)), rng) < 1e-7
    assert layer.rng.bit_generator.state == state and not hasattr(layer, "scale")
    net = core.Sequential(network(core, rng, 4, 6), core.Dropout(0.4, np.random.default_rng(2)))
    assert core.gradient_check(net, rng.standard_normal((5, 4)), rng) < 1e-6
    assert core.gradient_check(net.eval(), rng.standard_normal((5, 4)), rng) < 1e-6


def test_a_wrong_scale_of_dropout_is_found(rng):
    class Unscaled(core.Dropout):
        def backward(self, dout):
            return dout * (self.scale > 0)

    assert core.gradient_check(Unscaled(0.4, rng), rng.standard_normal((5, 7)), rng) > 0.1


def test_running_averages_stay_and_both_modes_are_right(rng):
    layer = core_helpers.disturbed(core.BatchNorm(6), rng)
    before = snapshot(layer)
    x = rng.standard_normal((5, 6))
    assert core.gradient_check(layer, x, rng) < 1e-7
    assert core.gradient_check(layer.eval(), x, rng) < 1e-7
    assert core_helpers.same_state(layer, before) and not layer.training
    net = core.Sequential(network(core, rng, 3, 6), core.BatchNorm(6), core.ReLU())
    assert core.gradient_check(net, rng.standard_normal((5, 3)), rng) < 1e-6


# ---- kinks ---------------------------------------------------------------------------------------

def test_b024_entries_at_the_kink_are_skipped_and_counted(rng, capsys):
    """https://github.com/trusthlt/nlp-with-deep-learning-lectures/pull/4"""
    x = np.array([[0.0, 1e-7, -1e-7], [1, -2, 3], [9e-6, -4e-6, 1], [1, 1, 1]])
    assert core.gradient_check(core.ReLU(), x, rng) < 1e-7
    assert "skipped 5 of 12" in capsys.readouterr().out
    assert core.gradient_check(core.ReLU(), x[1:2], rng) < 1e-7
    assert capsys.readouterr().out == ""


def test_b134_a_check_judges_what_is_left_and_refuses_when_nothing_is(rng, capsys):
    x = np.ones((3, 4))
    x.ravel()[:6] = 0
    assert core.gradient_check(core.ReLU(), x, rng) < 1e-7
    assert "skipped 6 of 12" in capsys.readouterr().out
    x.ravel()[:11] = 0
    assert core.gradient_check(core.ReLU(), x, rng) < 1e-7
    assert "skipped 11 of 12" in capsys.readouterr().out
    x[...] = 0
    with pytest.raises(ValueError, match="kink"):
        core.gradient_check(core.ReLU(), x, rng)


def test_b134_relu_on_real_pixels(mnist, rng, capsys):
    assert core.gradient_check(core.ReLU(), mnist[0][:2], rng) < 1e-7
    assert "at a kink" in capsys.readouterr().out


@pytest.mark.parametrize("part", [0, 1 / 3, -1 / 3, 1 / 2, 1 / 4, 1 / 5, 0.9])
@pytest.mark.parametrize("h", [1e-3, 1e-5])
def test_b141_a_kink_at_any_part_of_the_nudge_is_found(part, h):
    x = np.array([part * h])
    assert np.isnan(core.numerical_gradient(lambda x: np.maximum(x, 0).sum(), x, h))


@pytest.mark.parametrize("place", np.linspace(-3e-5, 3e-5, 61))
def test_b141_relu_passes_wherever_one_entry_lies_near_the_kink(place, rng):
    assert core.gradient_check(core.ReLU(), np.array([[1.0, -1.0, place]]), rng) < 1e-6


@pytest.mark.parametrize("distance", [1.01e-5, 1e-4, 1e-2])
def test_entries_beside_the_kink_are_judged(distance):
    x = np.array([distance, -distance])
    close(core.numerical_gradient(lambda x: np.maximum(x, 0).sum(), x), [1, 0], 1e-6)


@pytest.mark.parametrize("h", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
def test_a_smooth_function_has_no_kink_at_any_step_size(h, rng):
    x = rng.standard_normal(5)
    for f, slope in (np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2), (np.sin, np.cos):
        given = core.numerical_gradient(lambda x, f=f: f(3 * x).sum(), x, h=h)
        close(given, 3 * slope(3 * x), max(100 * h * h, 1e-6))
    x = 3 * rng.standard_normal((4, 6))
    y = rng.integers(0, 6, 4)
    given = core.numerical_gradient(lambda z: core.softmax_cross_entropy(z, y)[0], x, h=h)
    assert not np.isnan(given).any()


@pytest.mark.parametrize("h", [1e-2, 1e-4, 1e-5, 1e-6])
def test_a_kink_is_found_at_every_step_size(h):
    x = np.array([0, h / 10, -h / 2, 0.9 * h, 2 * h, -2 * h])
    given = core.numerical_gradient(lambda x: np.maximum(x, 0).sum(), x, h=h)
    assert np.isnan(given).tolist() == [True] * 4 + [False] * 2


@pytest.mark.parametrize("scale", [1, 255, 1e4])
def test_large_inputs_are_not_taken_for_kinks(scale, rng, capsys):
    core.gradient_check(network(core, rng, 20, 5), scale * rng.random((6, 20)), rng)
    assert capsys.readouterr().out == ""


# ---- wrong layers --------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [1e3, 1e6, -1e8])
def test_the_last_digits_of_a_large_f_are_no_kink(size, rng):
    """f is known to 16 digits: the slope of x² beside 1e8 is rough, and no nan."""
    x = rng.standard_normal(50)
    close(core.numerical_gradient(lambda x: size + (x**2).sum(), x), 2 * x, 1e-10 * abs(size))


def test_a_constant_has_no_kink_even_if_no_rounding_is_allowed_for():
    assert core.numerical_gradient(lambda x: 3, np.ones(2), rounding=0).tolist() == [0, 0]


def test_the_nudge_is_smaller_where_the_layer_is_steep(rng):
    """A nudge of 1e-5 would step over all that this tanh does."""
    class Steep(core.Layer):
        def forward(self, x):
            self.x = x
            return np.tanh(1e6 * x)

        def backward(self, dout):
            return 1e6 * dout * (1 - np.tanh(1e6 * self.x) ** 2)

    assert core.gradient_check(Steep(), 1e-6 * rng.standard_normal((4, 3)), rng) < 1e-7


def test_a_parameter_that_cancels_out_is_too_small_to_judge_and_not_wrong(rng, capsys):
    """Its gradient is 0, and the numerical one what rounding leaves: here a small wave."""
    class Cancelled(core.Layer):
        names = ("W",)
        W, dW = np.full((1, 3), 1.7), None

        def forward(self, x):
            return x + 1e-14 * np.sin(1e9 * self.W)

        def backward(self, dout):
            self.dW = np.zeros_like(self.W)
            return dout

    assert core.gradient_check(Cancelled(), rng.standard_normal((4, 3)), rng) < 1e-7
    assert "gradient (1, 3) too small to judge" in capsys.readouterr().out


def test_where_all_is_zero_the_check_refuses_without_a_warning(rng):
    with np.errstate(all="raise"), pytest.raises(ValueError, match="too small to judge"):
        core.gradient_check(core.ReLU(), -np.ones((3, 4)), rng)


def test_b010_a_relu_that_looks_at_its_output_fails(rng):
    class Wrong(core.ReLU):
        def backward(self, dout):
            return dout * (np.maximum(self.x, 0) >= 0)

    assert core.gradient_check(Wrong(), rng.standard_normal((4, 7)), rng) > 0.1


@pytest.mark.parametrize("N, n_in, n_out", [(4, 3, 5), (5, 3, 5), (3, 3, 3)])
@pytest.mark.parametrize("fault", ["db over axis 1", "dW transposed"])
def test_b005_a_wrong_axis_fails_even_where_the_shapes_agree(N, n_in, n_out, fault, rng):
    class Wrong(core.Linear):
        def gradients(self, dout):
            super().gradients(dout)
            if fault == "db over axis 1":
                self.db = dout.sum(axis=1)
            else:
                self.dW = self.x.T @ dout

    layer, x = Wrong(n_in, n_out, rng), rng.standard_normal((N, n_in))
    try:
        error = core.gradient_check(layer, x, rng)
    except ValueError as refusal:
        assert "gradient" in str(refusal)
    else:
        assert error > 1e-2


@pytest.mark.parametrize("broken", ["nothing", "nan", "scalar", "column"])
def test_a_gradient_that_is_missing_or_misshapen(broken, rng):
    class Wrong(core.Linear):
        def gradients(self, dout):
            super().gradients(dout)
            self.db = {"nothing": None, "nan": self.db * np.nan, "scalar": dout.sum(),
                       "column": self.db[:, None]}[broken]

    layer, x = Wrong(3, 5, rng), rng.standard_normal((4, 3))
    if broken == "nan":
        assert not core.gradient_check(layer, x, rng) < 1e9
    else:
        with pytest.raises(ValueError, match=r"gradient.*wanted.*\(5,\)\]"):
            core.gradient_check(layer, x, rng)


class Doubled(core.Linear):
    """A wrong layer: one of its gradients is twice what it should be."""

    fault = "dW"

    def gradients(self, dout):
        super().gradients(dout)
        setattr(self, self.fault, 2 * getattr(self, self.fault))


@pytest.mark.parametrize("scale", [1e-6, 1, 255, 1e4, 1e6])
def test_b133_a_right_layer_and_a_doubled_dW_are_told_apart_at_every_scale(scale, rng):
    x = scale * rng.random((6, 20))
    assert core.gradient_check(core.Linear(20, 5, rng), x, rng) < 1e-6
    assert core.gradient_check(Doubled(20, 5, rng), x, rng) > 0.4


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("std", [0.05, 0.01])
@pytest.mark.parametrize("wrong", [None, 0, 3, 6])
def test_b141_deep_networks_of_small_weights(wrong, std, seed):
    """Right ones pass, a doubled db anywhere fails, or the words say that it can't be told."""
    rng = np.random.default_rng(seed)
    layers = []
    for place in range(7):
        kind = Doubled if place == wrong else core.Linear
        layers += [kind(6, 6, rng, core.normal(std)), core.ReLU()]
        layers[-2].fault = "db"
    try:
        error = core.gradient_check(core.Sequential(*layers), rng.standard_normal((4, 6)), rng)
    except ValueError as refusal:
        assert "too small to judge" in str(refusal)
    else:
        assert (error < 1e-5) == (wrong is None)


@pytest.mark.thorough
def test_b141_at_least_half_of_these_networks_are_judged():
    """The refusal above is not the rule: it speaks where no signal comes through."""
    judged = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        layers = [[core.Linear(6, 6, rng, core.normal(0.01)), core.ReLU()] for _ in range(7)]
        net = core.Sequential(*sum(layers, []))
        try:
            judged += core.gradient_check(net, rng.standard_normal((4, 6)), rng) < 1e-5
        except ValueError:
            pass
    assert judged > 10


@pytest.mark.parametrize("slope", [1e8, 100, 1, 0.1, 1e-5, 1e-12])
def test_b133_the_error_is_relative_at_every_size(slope, rng):
    """A gradient 1 % too large is found however large or small it is."""
    class Wrong(core.Layer):
        def forward(self, x):
            return slope * x

        def backward(self, dout):
            return 1.01 * slope * dout

    error = core.gradient_check(Wrong(), rng.standard_normal((4, 7)), rng)
    assert error == pytest.approx(0.01, rel=0.02)


def test_a_dx_that_is_missing_or_misshapen(rng):
    class Wrong(core.ReLU):
        def backward(self, dout):
            super().backward(dout)

    with pytest.raises(ValueError):
        core.gradient_check(Wrong(), rng.standard_normal((4, 3)), rng)
