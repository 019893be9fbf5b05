"""Softmax, cross-entropy and accuracy: values, extremes, shapes and types."""

import math

import core_helpers
import numpy as np
import pytest
from core_helpers import close, naive_loss

import mnist_core as core


def test_softmax_by_hand():
    core_helpers.check_softmax(core)


def test_loss_by_hand_and_against_plain_python():
    core_helpers.check_loss(core)


def test_accuracy_by_hand():
    core_helpers.check_accuracy(core)


# ---- extremes ------------------------------------------------------------------------------------

def test_scores_are_told_apart_however_close_they_are():
    """A row's largest stays its largest: nothing is rounded away before they are compared."""
    assert core.accuracy(np.array([[0, 1e-20], [1e-20, 0]]), [1, 0]) == 1
    assert core.accuracy(np.array([[-1e-20, -2e-20]], np.float32), [0]) == 1


def test_b001_softmax_does_not_overflow():
    """https://github.com/andrewschreiber/numpy-saliency/issues/2"""
    with np.errstate(all="raise", under="ignore"):
        assert core.softmax(np.array([[1000.0, 0, -1000]])).tolist() == [[1, 0, 0]]
        p = core.softmax(np.array([[1e4, 0]], np.float32))
        logits = np.array([[1e4, 0], [-1e4, 0]], np.float32)
        loss, dlogits = core.softmax_cross_entropy(logits, [0, 0])
    assert p.tolist() == [[1, 0]] and p.dtype == np.float32
    assert loss == 5000
    assert dlogits.dtype == np.float32 and dlogits.tolist() == [[0, 0], [-0.5, 0.5]]


def test_b001_the_loss_of_a_sure_mistake_is_finite_and_of_a_sure_hit_is_zero():
    for top in 50, 1e3, 1e30:
        assert core.softmax_cross_entropy(np.array([[top, 0, 0]]), [1])[0] == pytest.approx(top)
        assert 0 <= core.softmax_cross_entropy(np.array([[top, 0, 0]]), [0])[0] < 1e-20


def test_b007_softmax_works_row_by_row():
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/85"""
    given = core.softmax([[1000, 999], [0, 1]])
    assert given.round(4).tolist() == [[0.7311, 0.2689], [0.2689, 0.7311]]
    rng = np.random.default_rng(0)
    for dtype in np.float32, np.float64:
        logits = (300 * rng.standard_normal((6, 4))).astype(dtype)
        together, y = core.softmax(logits), rng.integers(0, 4, 6)
        loss, dlogits = core.softmax_cross_entropy(logits, y)
        alone = [core.softmax_cross_entropy(logits[n:n + 1], y[n:n + 1]) for n in range(6)]
        for n in range(6):
            assert (core.softmax(logits[n:n + 1])[0] == together[n]).all()
            assert (core.softmax(logits[n]) == together[n]).all()
            close(6 * dlogits[n], alone[n][1][0], 1e-6)
        close(loss, sum(one for one, _ in alone) / 6, 1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int64, bool])
def test_b049_whole_numbers_do_not_wrap_round(dtype):
    """https://github.com/sightmachine/SimpleCV/issues/354"""
    logits = np.array([[0, 1, 1], [1, 0, 0]]).astype(dtype)
    if dtype is not bool:
        logits = logits * 100
    close(core.softmax(logits), core.softmax(logits.astype(np.float64)))
    loss, dlogits = core.softmax_cross_entropy(logits, [0, 1])
    wanted = core.softmax_cross_entropy(logits.astype(np.float64), [0, 1])
    close(loss, wanted[0])
    close(dlogits, wanted[1])


def test_nan_stays_nan():
    with np.errstate(invalid="ignore"):
        assert math.isnan(core.softmax_cross_entropy(np.array([[np.nan, 0]]), [1])[0])
        assert np.isnan(core.softmax(np.array([[np.nan, 0]]))).all()


# ---- what the numbers must obey ------------------------------------------------------------------

def test_b025_the_loss_is_a_mean_so_doubling_the_batch_changes_nothing():
    """https://github.com/d2l-ai/d2l-en/pull/1000"""
    rng = np.random.default_rng(1)
    logits, y = rng.standard_normal((5, 7)), rng.integers(0, 7, 5)
    loss, dlogits = core.softmax_cross_entropy(logits, y)
    twice, dtwice = core.softmax_cross_entropy(np.vstack([logits, logits]), np.tile(y, 2))
    close(twice, loss)
    close(dtwice, np.vstack([dlogits, dlogits]) / 2)


@pytest.mark.parametrize("N, C", [(1, 1), (1, 10), (4, 7), (7, 4), (64, 10), (3, 2)])
def test_the_loss_and_its_gradient_in_float64(N, C):
    rng = np.random.default_rng(N * C)
    logits, y = 5 * rng.standard_normal((N, C)), rng.integers(0, C, N)
    loss, dlogits = core.softmax_cross_entropy(logits, y)
    close(loss, naive_loss(logits, y))
    close(dlogits, (core.softmax(logits) - np.eye(C)[y]) / N)
    n = core.numerical_gradient(lambda z: core.softmax_cross_entropy(z, y)[0], logits)
    close(dlogits, n, 1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_and_arguments_are_kept(dtype):
    logits, y = np.array([[1, 2, 3], [4, 4, 0]], dtype), np.array([2, 0], np.uint8)
    kept = logits.copy()
    logits.flags.writeable = y.flags.writeable = False
    p, (loss, dlogits) = core.softmax(logits), core.softmax_cross_entropy(logits, y)
    assert p.dtype == dlogits.dtype == dtype and type(loss) is float
    assert not np.shares_memory(p, logits) and not np.shares_memory(dlogits, logits)
    assert (logits == kept).all() and y.tolist() == [2, 0]
    core.softmax_cross_entropy(logits[::-1], y)
    assert (dlogits == core.softmax_cross_entropy(logits, y)[1]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64, np.int64])
def test_labels_of_every_integer_type(dtype):
    logits, y = np.array([[1.0, 2, 3], [4, 4, 0]]), np.array([2, 0], dtype)
    wanted = core.softmax_cross_entropy(logits, [2, 0])
    assert core.softmax_cross_entropy(logits, y)[0] == wanted[0]
    assert core.accuracy(logits, y) == 1.0


def test_b038_the_accuracy_of_perfect_logits_is_the_python_float_one():
    """https://github.com/mrdbourke/tensorflow-deep-learning/issues/621"""
    y = np.array([3, 1, 0, 2])
    assert core.accuracy(np.eye(4)[y], y) == 1.0
    assert type(core.accuracy(np.eye(4)[y], y)) is float
    with pytest.raises(ValueError, match=r"given \(4,\).*wanted logits \(N, C\)"):
        core.accuracy(y, y)


@pytest.mark.parametrize("function", [core.accuracy, core.softmax_cross_entropy])
def test_b036_one_hot_labels_are_refused(function):
    """https://github.com/dmlc/minpy/issues/180"""
    y = np.arange(4)
    with pytest.raises(ValueError, match=r"labels: given \(4, 10\).*wanted \(4,\) integers"):
        function(np.zeros((4, 10)), np.eye(10)[y])
    with pytest.raises(ValueError, match=r"labels: given \(4, 10\).*wanted \(4,\) integers"):
        function(np.zeros((4, 10)), np.eye(10, dtype=np.int64)[y])
