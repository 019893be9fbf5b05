"""Initialisers and learning-rate schedules."""

import math

import core_helpers
import numpy as np
import pytest
from core_helpers import close

import mnist_core as core


def test_b066_initialisers_have_the_variance_their_names_promise():
    """https://github.com/harvard-edge/cs249r_book/issues/1161"""
    core_helpers.check_initialisers(core)


@pytest.mark.parametrize("init, variance", [(core.xavier_normal, 2 / 912),
                                            (core.he_normal, 2 / 784)])
def test_b066_the_draw_is_normal(init, variance):
    W = np.sort(init((128, 784), np.random.default_rng(0)).ravel()) / math.sqrt(variance)
    for sigmas, share in (1, 0.8413), (2, 0.9772), (-1, 0.1587), (-3, 0.00135):
        assert abs(np.searchsorted(W, sigmas) / W.size - share) < 0.005


@pytest.mark.parametrize("init", [core.xavier_normal, core.he_normal, core.normal(0.1), core.zeros])
@pytest.mark.parametrize("shape", [(3, 4), [3, 4], (1, 1)])
def test_an_initialiser_is_a_function_of_shape_and_generator(init, shape):
    one, two = (init(shape, np.random.default_rng(1)) for _ in range(2))
    assert one.shape == tuple(shape) and one.dtype == np.float32
    assert (one == two).all() and not np.shares_memory(one, two)
    rng = np.random.default_rng(1)
    assert init is core.zeros or (init(shape, rng) != init(shape, rng)).any()


def test_linear_takes_any_initialiser():
    rng = np.random.default_rng(0)
    assert not core.Linear(3, 4, rng, core.zeros).W.any()
    assert not core.Linear(3, 4, rng, init=core.zeros).W.any()
    same = [core.Linear(3, 4, np.random.default_rng(1), init).W for init in (None, core.he_normal)]
    assert (same[0] == same[1]).all()
    wide = core.Linear(300, 400, rng, core.normal(2)).W
    assert abs(wide.std() - 2) < 0.05 and wide.shape == (400, 300)
    assert core.Linear(3, 4, rng, lambda shape, rng: np.ones(shape)).b.dtype == np.float64


def test_twins_from_zero_weights_stay_twins():
    """Why the weights are drawn: hidden units born equal get equal gradients."""
    rng = np.random.default_rng(0)
    alike = core.Linear(4, 5, rng, lambda shape, rng: np.full(shape, 0.1, np.float32))
    net = core.Sequential(alike, core.ReLU(), core.Linear(5, 3, rng, core.zeros))
    X, y = core_helpers.problem(rng, 30)
    list(core.fit(net, core.SGD(net, 0.5), X, y, epochs=5, batch_size=5, rng=rng))
    assert (alike.W != np.float32(0.1)).any() and (abs(alike.W - alike.W[0]) < 1e-6).all()


# ---- schedules -----------------------------------------------------------------------------------

def test_schedules_by_hand():
    core_helpers.check_schedules(core)


SCHEDULES = {
    "step": core.step_decay(0.4, 10, 0.5),
    "linear": core.linear_decay(0.4, 40),
    "exponential": core.exponential_decay(0.4, 40, 0.1),
    "cosine": core.cosine_decay(0.4, 40),
    "warm cosine": core.warmup(core.cosine_decay(0.4, 40), 8),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_stays_between_zero_and_its_rate_and_never_complains(name):
    schedule = SCHEDULES[name]
    rates = [schedule(step) for step in range(200)]
    assert all(type(rate) is float and 0 <= rate <= 0.4 for rate in rates)
    assert [schedule(step) for step in range(200)] == rates  # no memory
    start = 8 if name.startswith("warm") else 0
    assert all(a >= b for a, b in zip(rates[start:], rates[start + 1:]))
    if start:
        assert all(a < b for a, b in zip(rates[:4], rates[1:5])) and rates[0] == 0.4 / 8
    else:
        assert rates[0] == 0.4


def test_schedules_reach_their_end():
    assert core.linear_decay(0.4, 40)(40) == core.linear_decay(0.4, 40)(10**9) == 0
    assert core.cosine_decay(0.4, 40)(40) == core.cosine_decay(0.4, 40)(10**9) == 0
    close(core.exponential_decay(0.4, 40, 0.1)(40), 0.04)
    close(core.step_decay(0.4, 10, 0.5)(39), 0.05)
    assert core.warmup(core.linear_decay(0.4, 10), 1)(0) == 0.4
