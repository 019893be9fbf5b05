"""What must hold for whatever numbers hypothesis thinks of."""

import gzip
import math
import tempfile
from pathlib import Path

import numpy as np
from core_helpers import (
    close,
    idx_bytes,
    naive_loss,
    network,
    problem,
    same_state,
    snapshot,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import mnist_core as core

# The same examples on every run, however slow the machine.
steady = settings(derandomize=True, deadline=None, max_examples=50, database=None)
size = st.integers(1, 8)
seed = st.integers(0, 2**32 - 1)
number = st.floats(-1e3, 1e3)


@st.composite
def scored(draw, dtype=np.float64):
    """Logits (N, C) with labels (N,)."""
    N, C = draw(size), draw(size)
    numbers = st.floats(-1000, 1000, width=np.dtype(dtype).itemsize * 8)
    return (draw(hnp.arrays(dtype, (N, C), elements=numbers)),
            draw(hnp.arrays(np.int64, N, elements=st.integers(0, C - 1))))


# ---- softmax and the loss ------------------------------------------------------------------------

@steady
@given(scored(), number)
def test_softmax_gives_shares_that_ignore_a_shift(case, shift):
    logits, _ = case
    p = core.softmax(logits)
    assert (0 <= p).all() and (p <= 1).all()
    close(p.sum(axis=1), np.ones(len(p)))
    close(core.softmax(logits + shift), p, 1e-10)
    assert (np.diff(np.take_along_axis(p, logits.argsort(axis=1), axis=1), axis=1) >= 0).all()


@steady
@given(scored(), number)
def test_the_loss_is_what_plain_python_says(case, shift):
    logits, y = case
    loss, dlogits = core.softmax_cross_entropy(logits, y)
    assert loss >= 0
    close(loss, naive_loss(logits, y))
    close(core.softmax_cross_entropy(logits + shift, y)[0], loss, 1e-9)
    close(dlogits.sum(axis=1), np.zeros(len(y)))
    close(len(y) * dlogits, core.softmax(logits) - np.eye(logits.shape[1])[y])


@steady
@given(scored(np.float32))
def test_float32_says_the_same_to_six_digits(case):
    logits, y = case
    loss, dlogits = core.softmax_cross_entropy(logits, y)
    wanted = core.softmax_cross_entropy(logits.astype(np.float64), y)
    assert dlogits.dtype == np.float32 and loss >= 0
    close(loss, wanted[0], 1e-5)
    close(dlogits, wanted[1], 1e-4)


@steady
@given(scored(), st.integers(2, 4))
def test_b025_copies_of_a_batch_cost_what_the_batch_costs(case, copies):
    """https://github.com/d2l-ai/d2l-en/pull/1000"""
    logits, y = case
    loss, dlogits = core.softmax_cross_entropy(logits, y)
    more, dmore = core.softmax_cross_entropy(np.tile(logits, (copies, 1)), np.tile(y, copies))
    close(more, loss)
    close(dmore * copies, np.tile(dlogits, (copies, 1)))


@steady
@given(scored(), seed)
def test_the_order_of_the_examples_does_not_matter(case, seed):
    logits, y = case
    order = np.random.default_rng(seed).permutation(len(y))
    close(core.softmax_cross_entropy(logits[order], y[order])[0],
          core.softmax_cross_entropy(logits, y)[0])
    close(core.softmax_cross_entropy(logits[order], y[order])[1],
          core.softmax_cross_entropy(logits, y)[1][order])
    assert core.accuracy(logits[order], y[order]) == core.accuracy(logits, y)


# ---- layers --------------------------------------------------------------------------------------

@steady
@given(seed, size, size, size)
def test_linear_is_linear(seed, N, n_in, n_out):
    rng = np.random.default_rng(seed)
    layer = network(core, rng, n_in, n_out, dtype=np.float64).layers[0]
    x1, x2 = rng.standard_normal((2, N, n_in))
    close(layer.forward(x1 + 2 * x2) - layer.b,
          layer.forward(x1) - layer.b + 2 * (layer.forward(x2) - layer.b), 1e-10)
    dout = rng.standard_normal((N, n_out))
    # <dout, x Wᵀ> = <dx, x> = <dW, W>: backward is the transpose of forward.
    out, dx = layer.forward(x1) - layer.b, layer.backward(dout)
    close((dout * out).sum(), (dx * x1).sum(), 1e-10)
    close((dout * out).sum(), (layer.dW * layer.W).sum(), 1e-10)


@settings(steady, max_examples=20)
@given(seed, size, st.lists(size, min_size=2, max_size=4))
def test_gradients_of_any_network(seed, N, sizes):
    rng = np.random.default_rng(seed)
    net = network(core, rng, *sizes)
    before = snapshot(net)
    try:
        assert core.gradient_check(net, rng.standard_normal((N, sizes[0])), rng) < 1e-6
    except ValueError as refusal:  # a small network may be dead on all of a small batch
        assert "too small to judge" in str(refusal)
    assert same_state(net, before)


@steady
@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=4, max_side=4), elements=number), number)
def test_relu(x, scale):
    layer = core.ReLU()
    out = layer.forward(x)
    assert (out == np.where(x > 0, x, 0)).all()
    assert (layer.forward(out) == out).all()
    layer.forward(x)
    assert (layer.backward(np.full(x.shape, scale)) == np.where(x > 0, scale, 0)).all()


# ---- mini-batches and steps ----------------------------------------------------------------------

@steady
@given(st.integers(1, 50), st.integers(1, 60), seed)
def test_b053_b055_batches_are_a_partition(N, batch_size, seed):
    """https://github.com/mnielsen/neural-networks-and-deep-learning/issues/50
    and https://github.com/dreamquark-ai/tabnet/issues/537"""
    X, y = np.arange(2.0 * N).reshape(N, 2), np.arange(N)
    batches = list(core.minibatches(X, y, batch_size, np.random.default_rng(seed)))
    assert len(batches) == math.ceil(N / batch_size)
    sizes = [len(y_batch) for _, y_batch in batches]
    assert set(sizes[:-1]) <= {batch_size} and sizes[-1] > 0
    assert sorted(np.concatenate([y_batch for _, y_batch in batches]).tolist()) == list(range(N))
    assert all((X_batch == X[y_batch]).all() for X_batch, y_batch in batches)


@steady
@given(seed, st.integers(1, 12), st.floats(0, 2))
def test_a_step_goes_down_the_gradient_by_lr(seed, N, lr):
    rng = np.random.default_rng(seed)
    net = network(core, rng, 4, 5, 3, dtype=np.float64)
    X, y = problem(rng, N, dtype=np.float64)
    before = snapshot(net)
    core.train_step(net, core.SGD(net, lr), X, y)
    for (name, W), (_, dW) in zip(net.state().items(), net.parameters(), strict=True):
        close(before[name] - W, lr * dW)


# ---- files ---------------------------------------------------------------------------------------

@steady
@given(seed, st.lists(size, min_size=2, max_size=4), st.sampled_from([np.float32, np.float64]))
def test_save_and_load_give_back_every_bit(seed, sizes, dtype):
    net, other = (network(core, np.random.default_rng(s), *sizes, dtype=dtype)
                  for s in (seed, seed + 1))
    with tempfile.TemporaryDirectory() as folder:
        core.save(Path(folder) / "w", net)
        core.load(Path(folder) / "w", other)
    assert same_state(other, snapshot(net))


@steady
@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=4, max_side=5)), st.booleans())
def test_idx_files_of_an_independent_writer_are_read_exactly(array, zipped):
    data = idx_bytes(array)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits"
        path.write_bytes(gzip.compress(data) if zipped else data)
        given = core.read_idx(path)
    assert given.dtype == np.uint8 and given.shape == array.shape and (given == array).all()


@steady
@given(st.binary(max_size=60))
def test_any_other_bytes_are_refused_with_the_name_of_the_file(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits"
        path.write_bytes(data)
        try:
            array = core.read_idx(path)
        except ValueError as error:
            assert str(path) in str(error)
        else:
            assert idx_bytes(array) == data


# ---- schedules -----------------------------------------------------------------------------------

@steady
@given(st.floats(0, 10), st.integers(1, 100), st.floats(0, 1), st.integers(0, 300))
def test_schedules_fall_from_lr_and_never_below_zero(lr, steps, factor, step):
    for schedule in (core.step_decay(lr, steps, factor), core.linear_decay(lr, steps),
                     core.exponential_decay(lr, steps, factor), core.cosine_decay(lr, steps)):
        assert schedule(0) == lr
        assert 0 <= schedule(step + 1) <= schedule(step) <= lr
        warm = core.warmup(schedule, steps)
        assert 0 <= warm(step) <= schedule(step)
        assert warm(steps - 1) == schedule(steps - 1)
        assert warm(step + steps) == schedule(step + steps)
