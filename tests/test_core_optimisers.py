"""SGD, Momentum, Adam and the ways of decay: what all of them do, and what tells them apart."""

import math

import core_beyond
import core_helpers
import numpy as np
import pytest
from core_beyond import walk
from core_helpers import close, convolutional, network, problem, same_state, snapshot

import mnist_core as core

PLAIN = {
    "SGD": lambda model, lr=0.01: core.SGD(model, lr),
    "Momentum": lambda model, lr=0.01: core.Momentum(model, lr),
    "Momentum of 0": lambda model, lr=0.01: core.Momentum(model, lr, momentum=0),
    "Adam": lambda model, lr=0.01: core.Adam(model, lr),
}
DECAYING = {
    "Momentum, l2": lambda model, lr=0.01: core.Momentum(model, lr, l2=0.1),
    "Momentum, weight_decay": lambda model, lr=0.01: core.Momentum(model, lr, weight_decay=0.1),
    "Adam, l2": lambda model, lr=0.01: core.Adam(model, lr, l2=0.1),
    "Adam, weight_decay": lambda model, lr=0.01: core.Adam(model, lr, weight_decay=0.1),
    "Adam, both": lambda model, lr=0.01: core.Adam(model, lr, l2=0.1, weight_decay=0.1),
}
EVERY = PLAIN | DECAYING


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(params=EVERY)
def make(request):
    return EVERY[request.param]


def without_gradient(layer, optimiser, steps=1):
    """Step where the data say nothing: every gradient is 0."""
    for _ in range(steps):
        layer.dW, layer.db = np.zeros_like(layer.W), np.zeros_like(layer.b)
        optimiser.step()


# ---- every optimiser -----------------------------------------------------------------------------

def test_momentum_and_adam_by_hand():
    core_beyond.check_momentum(core)
    core_beyond.check_adam(core)


def test_b031_every_array_with_a_gradient_moves(make, rng):
    """https://bot.dharman.net/reports.php?id=1943234"""
    net = convolutional(core, rng, np.float64)
    X, y = rng.standard_normal((6, 2, 5, 4)), problem(rng, 6)[1]
    arrays, before = [W for W, _ in net.parameters()], [W.copy() for W, _ in net.parameters()]
    core.train_step(net, make(net), X, y)
    for array, old, (W, dW) in zip(arrays, before, net.parameters(), strict=True):
        assert W is array and dW.any() and (W != old)[abs(dW) > 1e-12].all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_is_kept(make, dtype, rng):
    """A float64 scalar as rate, or a schedule of them, does not spread."""
    net = convolutional(core, rng, dtype)
    X, y = rng.standard_normal((6, 2, 5, 4)).astype(dtype), problem(rng, 6)[1]
    optimiser = make(net, np.float64(0.01))
    list(core.fit(net, optimiser, X, y, epochs=2, batch_size=3, rng=rng, validation=(X, y),
                  schedule=core.cosine_decay(np.float64(0.01), 4)))
    assert {array.dtype for array in net.state().values()} == {np.dtype(dtype)}
    assert {dW.dtype for _, dW in net.parameters()} == {np.dtype(dtype)}
    kept = [array for name in "vm" for array in getattr(optimiser, name, [])]
    assert {array.dtype for array in kept} <= {np.dtype(dtype)}


def test_gradients_are_left_alone(make, rng):
    net = network(core, rng, 4, 5, 3)
    optimiser, (X, y) = make(net), problem(rng)
    for _ in range(3):
        core.train_step(net, optimiser, X, y)
        before = [dW.copy() for _, dW in net.parameters()]
        optimiser.step()
        assert all((dW == old).all() for (_, dW), old in zip(net.parameters(), before, strict=True))


@pytest.mark.parametrize("copies", [2, 5])
def test_b025_copies_of_a_batch_leave_gradients_and_steps(make, copies, rng):
    """https://github.com/d2l-ai/d2l-en/pull/1000

    Through convolution and pooling, too. Batch norm would see another unbiased variance.
    """
    X, y = rng.standard_normal((5, 2, 5, 4)), problem(rng, 5)[1]
    states = []
    for count in 1, copies:
        rng = np.random.default_rng(1)
        net = core.Sequential(core.Conv2D(2, 3, 3, rng), core.ReLU(), core.MaxPool2D(2),
                              core.Flatten(), core.Linear(3, 4, rng), core.Tanh(),
                              core.Linear(4, 3, rng)).to(np.float64)
        optimiser = make(net, 0.05)
        losses = [core.train_step(net, optimiser, np.tile(X, (count, 1, 1, 1)), np.tile(y, count))
                  for _ in range(3)]
        states.append([losses, *(dW for _, dW in net.parameters()), *net.state().values()])
    for one, more in zip(*states, strict=True):
        close(more, one, 1e-10)


def test_an_optimiser_made_before_the_type_changed_steps_like_one_made_after(make, rng):
    X, y = problem(rng, dtype=np.float64)
    states = []
    for early in True, False:
        net = network(core, np.random.default_rng(1), 4, 5, 3)
        optimiser = make(net) if early else None
        net.to(np.float64)
        optimiser = optimiser or make(net)
        for _ in range(3):
            core.train_step(net, optimiser, X, y)
        states.append(net.state())
    for early, late in zip(*(state.values() for state in states), strict=True):
        assert early.dtype == np.float64
        close(early, late)


def test_an_optimiser_made_in_float64_keeps_a_float32_model_in_its_type(make, rng):
    net = network(core, rng, 4, 5, 3, dtype=np.float64)
    optimiser, (X, y) = make(net), problem(rng)
    net.to(np.float32)
    core.train_step(net, optimiser, X, y)
    assert {array.dtype for array in net.state().values()} == {np.dtype(np.float32)}


def test_an_optimiser_steps_what_was_loaded(make, rng, tmp_path):
    net, other = network(core, rng, 4, 5, 3), network(core, rng, 4, 5, 3)
    core.save(tmp_path / "w", other)
    optimiser, twin = make(net), make(other)
    core.load(tmp_path / "w", net)
    X, y = problem(rng)
    for _ in range(2):
        core.train_step(net, optimiser, X, y)
        core.train_step(other, twin, X, y)
    assert same_state(net, snapshot(other))


def test_two_optimisers_share_nothing(make, rng):
    nets = [network(core, np.random.default_rng(1), 4, 5, 3) for _ in range(2)]
    one, two = map(make, nets)
    X, y = problem(rng)
    for _ in range(3):
        core.train_step(nets[0], one, X, y)
    core.train_step(nets[1], two, X, y)
    again = network(core, np.random.default_rng(1), 4, 5, 3)
    core.train_step(again, make(again), X, y)
    assert same_state(again, snapshot(nets[1]))


def test_a_rate_of_zero_moves_nothing(make, rng):
    net = network(core, rng, 4, 5, 3)
    before, (X, y) = snapshot(net), problem(rng)
    optimiser = make(net, 0)
    for _ in range(3):
        core.train_step(net, optimiser, X, y)
    assert same_state(net, before)


@pytest.mark.parametrize("name", EVERY)
def test_every_optimiser_learns(name, rng):
    X, y = problem(rng, 60)
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    net = network(core, rng, 4, 16, 3)
    optimiser = EVERY[name](net, 0.02 if name.startswith("Adam") else 0.1)
    before = core.evaluate(net, X, y)
    list(core.fit(net, optimiser, X, y, epochs=40, batch_size=10, rng=rng))
    after = core.evaluate(net, X, y)
    assert after[0] < before[0] / 1.5 and after[1] > 0.8


# ---- decay ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", DECAYING)
def test_b064_decay_alone_shrinks_every_weight(name, rng):
    """https://github.com/andersbll/nnet/issues/4"""
    layer = core.Linear(6, 5, rng)
    layer.W[...] = rng.choice([-1, 1], (5, 6)) * rng.uniform(0.5, 2, (5, 6))
    layer.b[...] = rng.uniform(0.5, 2, 5)
    optimiser = DECAYING[name](layer)
    for _ in range(10):
        before = snapshot(layer)
        without_gradient(layer, optimiser)
        for W, old in zip(layer.state().values(), before.values(), strict=True):
            assert (abs(W) < abs(old)).all() and (W * old > 0).all()


@pytest.mark.parametrize("name", PLAIN)
def test_without_decay_nothing_moves_where_the_data_say_nothing(name, rng):
    layer = core.Linear(6, 5, rng)
    before = snapshot(layer)
    without_gradient(layer, PLAIN[name](layer), 3)
    assert same_state(layer, before)


@pytest.mark.parametrize("decay", ["l2", "weight_decay"])
@pytest.mark.parametrize("N", [1, 7, 64])
def test_b027_a_step_of_decay_is_exact_whatever_the_batch(decay, N, rng):
    """W (1 - lr λ), with no regard to the size of the batch.

    https://github.com/d2l-ai/d2l-zh/pull/517
    """
    layer = core.Linear(4, 3, rng).to(np.float64)
    layer.b[...] = 1
    before = snapshot(layer)
    layer.forward(rng.standard_normal((N, 4)))
    layer.gradients(np.zeros((N, 3)))
    core.Momentum(layer, 0.5, 0, **{decay: 0.3}).step()
    for name, W in layer.state().items():
        close(W, before[name] * (1 - 0.5 * 0.3), 1e-15)


def test_b027_l2_is_the_gradient_of_half_the_sum_of_squares(rng):
    """https://github.com/MichalDanielDobrzanski/DeepLearningPython/issues/16"""
    layer, (X, y) = network(core, rng, 4, 3, dtype=np.float64), problem(rng, dtype=np.float64)
    X, y, before = X[:5], y[:5], snapshot(layer)

    def penalised(_):
        loss = core.softmax_cross_entropy(layer.forward(X), y)[0]
        return loss + 0.3 / 2 * sum((W ** 2).sum() for W in layer.state().values())

    wanted = [core.numerical_gradient(penalised, W) for W, _ in layer.parameters()]
    core.train_step(layer, core.Momentum(layer, 0.1, 0, l2=0.3), X, y)
    for (name, W), slope in zip(layer.state().items(), wanted, strict=True):
        close((before[name] - W) / 0.1, slope, 1e-8)


def test_b027_both_decays_are_one_step_for_sgd_and_two_for_momentum_and_adam(rng):
    """https://github.com/d2l-ai/d2l-zh/pull/517"""
    X, y = problem(rng, dtype=np.float64)

    def after(steps, kind, **more):
        net = network(core, np.random.default_rng(1), 4, 5, 3, dtype=np.float64)
        optimiser = kind(net, 0.1, **more)
        for _ in range(steps):
            core.train_step(net, optimiser, X, y)
        return np.concatenate([W.ravel() for W, _ in net.parameters()])

    for steps in 1, 5:
        close(after(steps, core.Momentum, momentum=0, l2=0.3),
              after(steps, core.Momentum, momentum=0, weight_decay=0.3))
        close(after(steps, core.Momentum, momentum=0), after(steps, core.SGD))
    for kind in core.Momentum, core.Adam:
        difference = after(5, kind, l2=0.3) - after(5, kind, weight_decay=0.3)
        assert abs(difference).max() > 0.01


def test_decoupled_decay_follows_the_rate_and_never_the_gradient():
    """Adam divides l2 away: a weight of large gradients hardly decays. Not so weight_decay."""
    small, large = ([walk(core, lambda layer, more=more: core.Adam(layer, 0.01, **more), 1.0,
                          *[g, -g] * 10)[-1] for more in ({}, {"l2": 0.1}, {"weight_decay": 0.1})]
                    for g in (0.01, 100.0))
    assert small[0] - small[1] > 0.02 and abs(large[0] - large[1]) < 1e-3
    for path in small, large:
        assert path[0] - path[2] == pytest.approx(1 - (1 - 0.01 * 0.1) ** 20, rel=0.1)


# ---- momentum ------------------------------------------------------------------------------------

def test_momentum_of_a_steady_gradient_grows_towards_ten_steps_in_one():
    path = [8, *walk(core, lambda layer: core.Momentum(layer, 0.1), 8, *[1.0] * 200)]
    steps = -np.diff(path)
    assert (np.diff(steps) >= -1e-12).all()
    close(steps[[0, 1, 199]], [0.1, 0.19, 1], 1e-8)


def test_momentum_remembers_every_gradient_a_little_less():
    """The n-th step after a single gradient of 1 is lr μⁿ."""
    path = walk(core, lambda layer: core.Momentum(layer, 0.1, 0.5), 8, 1.0, 0.0, 0.0, 0.0)
    close(np.diff([8, *path]), [-0.1, -0.05, -0.025, -0.0125])


def test_momentum_beats_sgd_in_a_narrow_valley():
    """L = (x² + 100 y²) / 2 from (10, 1), each with a rate that suits it."""
    def distance(make, steps=100):
        layer = core.Linear(2, 1, np.random.default_rng(0)).to(np.float64)
        layer.W[...] = [[10, 1]]
        optimiser = make(layer)
        for _ in range(steps):
            layer.dW, layer.db = layer.W * [1, 100], np.zeros(1)
            optimiser.step()
        return np.linalg.norm(layer.W)

    assert distance(lambda m: core.Momentum(m, 0.03, 0.67)) < 1e-3 < 0.5 < distance(
        lambda m: core.SGD(m, 0.0198))


# ---- Adam ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("g", [1e-3, -5, 100, 1e6, -1e-4])
@pytest.mark.parametrize("beta1, beta2", [(0.9, 0.999), (0.5, 0.9), (0, 0), (0.999, 0.9)])
def test_b061_the_first_step_of_adam_is_the_rate(g, beta1, beta2):
    """https://github.com/karpathy/convnetjs/pull/70"""
    W, = walk(core, lambda layer: core.Adam(layer, 0.001, beta1, beta2), 1, float(g))
    assert W - 1 == pytest.approx(-math.copysign(0.001, g), rel=2e-4)


def test_b061_the_same_gradient_again_and_again_is_the_same_step():
    """Both averages are unbiased from the start.

    https://github.com/eriklindernoren/ML-From-Scratch/issues/35
    """
    path = walk(core, lambda layer: core.Adam(layer, 0.001), 1, *[7.0] * 50)
    close(path, 1 - 0.001 * np.arange(1, 51), 1e-10)


def test_adam_does_not_care_about_the_scale_of_the_gradients(rng):
    gradients = rng.standard_normal(20)
    one, two = (walk(core, lambda layer: core.Adam(layer, 0.01, eps=0), 1,
                     *(scale * gradients).tolist()) for scale in (1, 1000))
    close(one, two, 1e-10)


def test_adam_counts_its_own_steps(rng):
    layer = core.Linear(2, 1, rng)
    optimiser = core.Adam(layer)
    assert optimiser.t == 0 and optimiser.lr == 0.001
    core_helpers.refuses(optimiser.step, "backward")
    assert optimiser.t == 0  # a refused step is none
    without_gradient(layer, optimiser, 3)
    assert optimiser.t == 3
    assert all(np.isfinite(W).all() for W, _ in layer.parameters())
