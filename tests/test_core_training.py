"""Mini-batches, SGD, fit, evaluate, predict: what is learnt, reported, and left as it was found."""

import inspect
import math
import tracemalloc

import core_helpers
import numpy as np
import pytest
from core_helpers import Spy, close, network, problem, snapshot

import mnist_core as core


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def run(net, rng, N=12, lr=0.1, **more):
    """fit on a random problem, four batches an epoch."""
    X, y = problem(rng, N)
    settings = dict(epochs=2, batch_size=3, rng=rng) | more
    return core.fit(net, core.SGD(net, lr), X, y, **settings)


# ---- mini-batches --------------------------------------------------------------------------------

def test_b053_one_pass_has_every_row_once_with_its_label():
    """https://github.com/mnielsen/neural-networks-and-deep-learning/issues/50"""
    core_helpers.check_minibatches(core)


def test_b055_a_batch_larger_than_the_set_is_the_set(rng):
    """https://github.com/dreamquark-ai/tabnet/issues/537"""
    X, y = problem(rng, 10)
    batches = list(core.minibatches(X, y, 64, rng))
    assert len(batches) == 1 and len(batches[0][0]) == 10
    net = network(core, rng, 4, 5, 3)
    before = snapshot(net)
    records = list(core.fit(net, core.SGD(net, 0.1), X, y, epochs=3, batch_size=64, rng=rng))
    assert len(records) == 3 and all(r.loss > 0 for r in records)
    assert not core_helpers.same_state(net, before)


def test_batches_are_copies_and_the_data_stays(rng):
    X, y = problem(rng)
    kept = X.copy(), y.copy()
    for X_batch, y_batch in core.minibatches(X, y, 5, rng):
        X_batch[...] = 7
        y_batch[...] = 0
    assert (X == kept[0]).all() and (y == kept[1]).all()


def test_images_keep_their_shape(rng):
    X = rng.random((10, 3, 4, 5))
    shapes = [X_batch.shape for X_batch, _ in core.minibatches(X, [0] * 10, 4, rng)]
    assert shapes == [(4, 3, 4, 5), (4, 3, 4, 5), (2, 3, 4, 5)]


def test_the_same_generator_state_gives_the_same_batches():
    X, y = problem(np.random.default_rng(1))
    one, two = ([y.tolist() for _, y in core.minibatches(X, y, 5, np.random.default_rng(2))]
                for _ in range(2))
    assert one == two


# ---- one step ------------------------------------------------------------------------------------

def test_b031_a_step_moves_weights_and_biases_by_lr_times_gradient():
    """https://bot.dharman.net/reports.php?id=1943234"""
    core_helpers.check_sgd(core)


def test_after_one_step_everything_is_still_float32(rng):
    net = core.Sequential(network(core, rng, 4, 5), core.BatchNorm(5), core.ReLU(),
                          core.Dropout(0.5, rng), core.Linear(5, 3, rng))
    X, y = problem(rng)
    optimiser = core.SGD(net, np.float64(0.1))  # a float64 scalar must not spread
    schedule = core.cosine_decay(np.float64(0.1), 10)
    for record in core.fit(net, optimiser, X, y, epochs=1, batch_size=5, rng=rng, schedule=schedule,
                           validation=(X, y)):
        assert type(record.loss) is float
    assert {array.dtype for array in net.state().values()} == {np.dtype(np.float32)}
    assert {dW.dtype for _, dW in net.parameters()} == {np.dtype(np.float32)}
    out = core.predict(net, X)
    assert out.dtype == np.float32 and net.backward(out).dtype == np.float32
    assert [type(number) for number in core.evaluate(net, X, y)] == [float, float]


def test_the_arrays_of_the_model_stay_the_same_objects(rng):
    net = network(core, rng, 4, 5, 3)
    arrays = [W for W, _ in net.parameters()]
    list(run(net, rng))
    assert all(W is array for (W, _), array in zip(net.parameters(), arrays, strict=True))


def test_the_rate_may_change_between_steps(rng):
    layer = core.Linear(2, 1, rng, core.zeros).to(np.float64)
    optimiser, moved = core.SGD(layer, 1), []
    for lr in 1, 0.5, 0, np.float32(0.25), np.int64(2):
        before = layer.b.copy()
        layer.forward(np.ones((1, 2)))
        layer.gradients(np.ones((1, 1)))
        optimiser.lr = lr
        optimiser.step()
        moved.append((before - layer.b).item())
    assert moved == [1, 0.5, 0, 0.25, 2]


def test_train_step_returns_the_loss_before_the_step(rng):
    net = network(core, rng, 4, 5, 3)
    X, y = problem(rng)
    loss = core.evaluate(net, X, y)[0]
    assert core.train_step(net, core.SGD(net, 0.1), X, y) == pytest.approx(loss, rel=1e-6)
    assert core.evaluate(net, X, y)[0] < loss


# ---- fit -----------------------------------------------------------------------------------------

def test_fit_by_hand():
    core_helpers.check_fit(core)


def test_fit_is_a_generator_that_does_nothing_before_it_is_asked(rng):
    net = network(core, rng, 4, 5, 3)
    before, state = snapshot(net), rng.bit_generator.state
    X, y = problem(np.random.default_rng(1))
    records = core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=3, rng=rng)
    assert inspect.isgenerator(records)
    assert core_helpers.same_state(net, before) and rng.bit_generator.state == state
    assert isinstance(next(records), core.Record)


def test_what_fit_trains_for_is_given_by_name(rng):
    """Three numbers in a row could be mistaken for one another."""
    net, (X, y) = network(core, rng, 4, 5, 3), problem(rng)
    assert len(list(core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=3, rng=rng))) == 4
    with pytest.raises(TypeError):
        core.fit(net, core.SGD(net, 0.1), X, y, 1, 3, rng)


def test_the_same_seed_gives_the_same_run_bit_for_bit():
    runs = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        net = network(core, rng, 4, 5, 3)
        runs.append(([r.loss for r in run(net, rng)], snapshot(net)))
    assert runs[0][0] == runs[1][0] and core_helpers.same_state(net, runs[0][1])


def test_the_data_are_left_alone(rng):
    net, (X, y) = network(core, rng, 4, 5, 3), problem(rng)
    kept = X.copy(), y.copy()
    X.flags.writeable = y.flags.writeable = False
    list(core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=5, rng=rng,
                  validation=(X, y)))
    assert (X == kept[0]).all() and (y == kept[1]).all()


@pytest.mark.parametrize("N, batch_size, every, wanted", [
    (12, 3, None, [4, 8]), (10, 3, None, [4, 8]), (12, 5, None, [3, 6]), (4, 9, None, [1, 2]),
    (12, 3, 3, [3, 6]), (12, 3, 1, [1, 2, 3, 4, 5, 6, 7, 8]), (12, 3, 8, [8]), (12, 3, 100, []),
])
def test_when_validation_is_due(N, batch_size, every, wanted, rng):
    net = network(core, rng, 4, 5, 3)
    records = list(run(net, rng, N, batch_size=batch_size, validation=problem(rng),
                       validate_every=every))
    assert [r.step for r in records if r.val_loss is not None] == wanted
    assert [r.step for r in records if r.val_accuracy is not None] == wanted
    assert all(type(number) is float for r in records if r.step in wanted for number in r[5:])


def test_without_validation_the_records_say_not_measured(rng):
    records = list(run(network(core, rng, 4, 5, 3), rng))
    assert {r.val_loss for r in records} == {r.val_accuracy for r in records} == {None}
    assert core.Record._fields == ("step", "epoch", "loss", "lr", "seconds", "val_loss",
                                   "val_accuracy")


def test_a_schedule_counts_from_zero_and_sets_the_rate_before_each_step(rng):
    net = network(core, rng, 4, 5, 3)
    records = list(run(net, rng, schedule=core.linear_decay(0.8, 8)))
    close([r.lr for r in records], [0.8 * (1 - k / 8) for k in range(8)])
    assert [r.lr for r in run(net, rng, lr=0.3)] == [0.3] * 8


def test_the_consumer_may_set_the_rate_between_records(rng):
    net, (X, y) = network(core, rng, 4, 5, 3), problem(rng)
    optimiser, rates = core.SGD(net, 0.5), []
    for record in core.fit(net, optimiser, X, y, epochs=1, batch_size=3, rng=rng):
        rates.append(record.lr)
        optimiser.lr /= 2
    assert rates == [0.5, 0.25, 0.125, 0.0625]


def test_the_clock_stands_still_while_the_consumer_works(rng, monkeypatch):
    """seconds counts training alone: neither validation nor what happens between records."""
    now = [0.0]
    monkeypatch.setattr(core.time, "perf_counter", lambda: now[0])
    step, evaluate = core.train_step, core.evaluate

    def slow_step(*arguments):
        now[0] += 1
        return step(*arguments)

    def slow_evaluate(*arguments):
        now[0] += 100
        return evaluate(*arguments)

    monkeypatch.setattr(core, "train_step", slow_step)
    monkeypatch.setattr(core, "evaluate", slow_evaluate)
    seconds = []
    net = network(core, rng, 4, 5, 3)
    for record in run(net, rng, validation=problem(rng), validate_every=1):
        seconds.append(record.seconds)
        now[0] += 10_000
    assert seconds == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fit_learns_in_both_precisions(dtype, rng):
    X, y = problem(rng, 60, dtype=dtype)
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    net = network(core, rng, 4, 16, 3, dtype=dtype)
    before = core.evaluate(net, X, y)
    list(core.fit(net, core.SGD(net, 0.3), X, y, epochs=40, batch_size=10, rng=rng))
    after = core.evaluate(net, X, y)
    assert after[0] < before[0] / 3 and after[1] > 0.9


# ---- divergence ----------------------------------------------------------------------------------

@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_b001_a_broken_weight_ends_training_at_the_first_step(bad, rng):
    """https://github.com/andrewschreiber/numpy-saliency/issues/2"""
    net = network(core, rng, 4, 5, 3)
    net.layers[2].W[1, 1] = bad
    records, seen = run(net, rng, lr=0.25, validation=problem(rng), validate_every=1), []
    with pytest.raises(FloatingPointError, match=r"step 1\b.*0\.25"):
        seen.extend(records)
    assert seen == [] and list(records) == []
    assert net.training


def test_b001_a_rate_far_too_large_ends_in_an_error_that_names_step_and_rate(rng):
    records, seen = run(network(core, rng, 4, 5, 3), rng, lr=1e30, epochs=50), []
    with pytest.raises(FloatingPointError) as caught:
        seen.extend(records)
    assert f"step {len(seen) + 1}" in str(caught.value) and "1e+30" in str(caught.value)
    assert all(math.isfinite(r.loss) for r in seen)


@pytest.mark.parametrize("every", [1, 2, 3, None])
@pytest.mark.parametrize("lr", [1e15, 1e20, 1e25, 1e38])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_b001_divergence_ends_in_the_same_error_whenever_validation_is_due(lr, every, rng):
    net = core.Sequential(core.Linear(4, 5, rng), core.ReLU(), core.Linear(5, 3, rng))
    with pytest.raises(FloatingPointError, match=r"step \d+, lr 1e\+\d\d"):
        for _ in run(net, rng, lr=lr, epochs=99, validation=problem(rng), validate_every=every):
            pass


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_b001_a_step_to_infinity_just_before_validation(rng):
    """The loss of step 1 is ln 2, its step leaves infinite weights, and validation meets nan."""
    layer = core.Linear(2, 2, rng, core.zeros)
    X, y = np.array([[100, -100]], np.float32), [0]
    with pytest.raises(FloatingPointError, match="step [12], lr 3e[+]38"):
        list(core.fit(layer, core.SGD(layer, 3e38), X, y, epochs=2, batch_size=1, rng=rng,
                      validation=(np.ones((1, 2), np.float32), [0]), validate_every=1))


@pytest.mark.parametrize("lr", [1e30, 1e38])
@pytest.mark.filterwarnings("error")
def test_b149_the_last_step_is_judged_too(lr, rng):
    """One step of a rate far too large, and nothing after it: no Record says that all is well."""
    net = core.Sequential(core.Linear(4, 50, rng), core.ReLU(), core.Linear(50, 3, rng))
    with pytest.raises(FloatingPointError, match=r"step 1, lr 1e\+3"):
        list(run(net, rng, lr=lr, epochs=1, batch_size=12))


@pytest.mark.filterwarnings("error")
def test_b149_a_validation_that_is_not_finite_is_no_record(rng):
    net, seen = core.Sequential(core.Linear(4, 50, rng), core.ReLU(), core.Linear(50, 3, rng)), []
    with pytest.raises(FloatingPointError, match=r"step 1, lr 1e\+30"):
        seen.extend(run(net, rng, lr=1e30, validation=problem(rng), validate_every=1))
    assert seen == []


def test_a_loss_that_is_not_finite_moves_no_weight(rng):
    net = network(core, rng, 4, 5, 3)
    X, y = problem(rng)
    net.layers[2].W[0, 0] = np.inf
    before = core_helpers.snapshot(net)
    with pytest.raises(FloatingPointError, match="loss"):
        core.train_step(net, core.SGD(net, 0.1), X, y)
    assert core_helpers.same_state(net, before)


# ---- modes ---------------------------------------------------------------------------------------

def test_b057_modes_are_kept_by_fit_evaluate_and_predict():
    """https://github.com/fartashf/vsepp/issues/4"""
    core_helpers.check_modes(core)


def test_b057_a_consumer_who_evaluates_between_records_does_not_stop_dropout(rng):
    spy = Spy()
    net = core.Sequential(core.Dropout(0.5, rng), core.Linear(4, 3, rng), spy)
    records = run(net, rng)
    spy.seen.clear()
    for _ in records:
        net.eval()
        assert not spy.training
    assert spy.seen == [True] * 8 + [False] * 2  # then the last step is judged, as validation is
    assert not any(layer.training for layer in net.walk())  # as its user left it


def test_b057_dropout_drops_as_much_after_validation_as_before(rng):
    drop = core.Dropout(0.5, rng)
    net = core.Sequential(core.Linear(4, 200, rng), drop, core.Linear(200, 3, rng))
    X, y = problem(rng, 40)
    dropped = []
    for record in core.fit(net, core.SGD(net, 0.01), X, y, epochs=2, batch_size=4, rng=rng):
        dropped.append((drop.scale == 0).mean())
        if record.step == 10:
            core.evaluate(net, X, y)
            assert drop.scale.min() == 1
    assert len(dropped) == 20 and 0.4 < min(dropped) < max(dropped) < 0.6


@pytest.mark.parametrize("training", [True, False])
def test_b057_stop_leaves_the_mode(training, rng):
    spy = Spy()
    net = core.Sequential(core.Linear(4, 3, rng), spy).train(training)
    records = run(net, rng, validation=problem(rng), validate_every=1)
    next(records)
    next(records)
    assert spy.training is net.training is training
    records.close()
    assert spy.training is net.training is training
    assert list(records) == []


def test_b057_stop_leaves_a_network_that_can_go_on(rng):
    net = network(core, rng, 4, 5, 3)
    records = run(net, rng)
    next(records)
    records.close()
    before = snapshot(net)
    assert len(list(run(net, rng))) == 8 and not core_helpers.same_state(net, before)


class Breaks(Spy):
    """Raises when asked a number of times."""

    def __init__(self, when):
        super().__init__()
        self.when = when

    def forward(self, x):
        self.when -= 1
        if not self.when:
            raise KeyboardInterrupt
        return super().forward(x)


@pytest.mark.parametrize("when", [1, 2, 3])
@pytest.mark.parametrize("training", [True, False])
def test_b057_an_interrupt_in_the_middle_leaves_the_mode(when, training, rng):
    X, y = problem(rng, 2500)
    net = core.Sequential(core.Linear(4, 3, rng), Breaks(when)).train(training)
    with pytest.raises(KeyboardInterrupt):
        core.predict(net, X)
    assert all(layer.training is training for layer in net.walk())
    net = core.Sequential(core.Linear(4, 3, rng), Breaks(when + 1)).train(training)
    with pytest.raises(KeyboardInterrupt):
        list(core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=9, rng=rng))
    assert all(layer.training is training for layer in net.walk())


def test_an_error_in_the_schedule_leaves_the_mode(rng):
    net = network(core, rng, 4, 5, 3).eval()
    with pytest.raises(ZeroDivisionError):
        list(run(net, rng, schedule=lambda step: 0.1 / (2 - step)))
    assert not any(layer.training for layer in net.walk())


def test_mode_nests_and_survives_an_error(rng):
    net = network(core, rng, 4, 5, 3)
    net.layers[1].training = False
    with pytest.raises(RuntimeError), core.mode(net, training=False):
        assert not net.layers[0].training
        with core.mode(net, training=True):
            assert net.layers[1].training
        assert not net.layers[0].training
        raise RuntimeError
    assert [layer.training for layer in net.walk()] == [True, True, False, True]


def test_evaluation_leaves_running_averages_and_weights(rng):
    net = core.Sequential(core.Linear(4, 5, rng), core.BatchNorm(5), core.Linear(5, 3, rng))
    X, y = problem(rng)
    list(core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=4, rng=rng))
    before = snapshot(net)
    core.evaluate(net, X, y)
    core.predict(net, X[:1])
    core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=4, rng=rng, validation=(X, y))
    assert core_helpers.same_state(net, before)


# ---- predict and evaluate ------------------------------------------------------------------------

def test_predict_joins_its_parts_in_order():
    core_helpers.check_predict(core)


def test_b051_prediction_goes_through_the_network_in_parts(rng):
    """https://github.com/hunkim/DeepLearningZeroToAll/issues/130"""
    net = core.Sequential(core.Linear(20, 2000, rng), core.ReLU(), core.Linear(2000, 3, rng))
    X = rng.random((20_000, 20), np.float32)  # in one piece: 160 MB for each of the hidden arrays
    tracemalloc.start()
    try:
        core.predict(net, X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60e6
