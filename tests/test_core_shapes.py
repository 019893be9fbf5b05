"""The gradients of every layer at the shapes hypothesis thinks of, in float64 and below 1e-7.

H and W differ as a rule, strides leave a border, batches hold one example, sequences one step.
"""

import numpy as np
from core_beyond import naive_windows
from core_helpers import close, convolutional, disturbed, same_state, snapshot
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import mnist_core as core

steady = settings(derandomize=True, deadline=None, max_examples=25, database=None)
many = settings(steady, max_examples=60)
seed = st.integers(0, 2**32 - 1)
few = st.integers(1, 3)
side = st.integers(1, 7)


def right(layer, x, rng, tolerance=1e-7):
    """The gradients agree, and the layer is left as it was.

    Terms of a sum may happen to cancel, and leave little but the error of the numerical gradient:
    then another dout is drawn. A wrong gradient is wrong at that one, too.
    """
    before = snapshot(layer)
    error = core.gradient_check(layer, x, rng)
    if error >= tolerance:
        error = core.gradient_check(layer, x, rng)
    assert error < tolerance, f"{layer} at {x.shape}: {error}"
    assert same_state(layer, before)


@st.composite
def windows(draw, overlap=True):
    """k, stride and padding, and sizes H and W that hold a window of k at least."""
    k = draw(st.integers(1, 4))
    stride, padding = (draw(few), draw(st.integers(0, 2))) if overlap else (k, 0)
    H, W = (draw(st.integers(max(1, k - 2 * padding), 6)) for _ in "HW")
    return H, W, k, stride, padding


# ---- convolution and pooling ---------------------------------------------------------------------

@settings(steady, max_examples=15)
@given(seed, windows(), few, few, few)
def test_b014_conv2d(seed, window, N, n_in, n_out):
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/30"""
    (H, W, k, stride, padding), rng = window, np.random.default_rng(seed)
    assume(padding < k)  # else a window may see nothing but zeros, and dW is 0
    layer = disturbed(core.Conv2D(n_in, n_out, k, rng, stride, padding), rng)
    right(layer, rng.standard_normal((N, n_in, H, W)), rng)


@many
@given(seed, windows(), few, few, few)
def test_conv2d_against_its_formula(seed, window, N, n_in, n_out):
    (H, W, k, stride, padding), rng = window, np.random.default_rng(seed)
    layer = disturbed(core.Conv2D(n_in, n_out, k, rng, stride, padding), rng).to(np.float64)
    x = rng.standard_normal((N, n_in, H, W))
    out = layer.forward(x)
    patches = np.array(naive_windows(x, k, stride, padding))  # (H_out, W_out, N, n_in, k, k)
    assert out.shape[2:] == tuple((size + 2 * padding - k) // stride + 1 for size in (H, W))
    close(out, np.einsum("hwncij,ocij->nohw", patches, layer.W) + layer.b[:, None, None])
    dout = rng.standard_normal(out.shape)
    dx = layer.backward(dout)
    close(layer.dW, np.einsum("hwncij,nohw->ocij", patches, dout), 1e-11)
    # Backward is the transpose of forward: a nudge of x changes L = Σ out · dout by Σ dx · nudge.
    nudge = rng.standard_normal(x.shape)
    close((dx * nudge).sum(), (dout * (layer.forward(x + nudge) - out)).sum(), 1e-10)


@many
@given(seed, windows(), few, few)
def test_b014_col2im_is_the_transpose_of_im2col(seed, window, N, C):
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/30"""
    (H, W, *window), rng = window, np.random.default_rng(seed)
    x = rng.standard_normal((N, C, H, W))
    cols = core.im2col(x, *window)
    other = rng.standard_normal(cols.shape)
    dx = core.col2im(other, x.shape, *window)
    assert dx.shape == x.shape
    close((cols * other).sum(), (x * dx).sum(), 1e-11)
    # Back and forth, each entry counts as often as it stands in a window; border pixels, never.
    counts = core.col2im(np.ones_like(cols), x.shape, *window)
    close(core.col2im(cols, x.shape, *window), x * counts)
    assert counts.max() <= window[0] ** 2 and (counts == counts.round()).all()


@steady
@given(seed, windows(overlap=False), few, few)
def test_max_pool(seed, window, N, C):
    (H, W, k, *_), rng = window, np.random.default_rng(seed)
    right(core.MaxPool2D(k), rng.standard_normal((N, C, H, W)), rng)


@many
@given(seed, windows(overlap=False), few, few, st.integers(1, 3))
def test_b016_a_tie_goes_to_the_first(seed, window, N, C, values):
    """https://github.com/tensorflow/tensorflow/issues/4886"""
    (H, W, k, *_), rng = window, np.random.default_rng(seed)
    x = rng.integers(0, values, (N, C, H, W)).astype(float)
    layer, wanted = core.MaxPool2D(k), np.zeros(x.shape)
    out = layer.forward(x)
    dout = rng.standard_normal(out.shape)
    for n, c, h, w in np.ndindex(out.shape):
        part = x[n, c, k * h:k * h + k, k * w:k * w + k]
        i, j = divmod(part.argmax(), k)  # the first, row by row
        assert out[n, c, h, w] == part.max()
        wanted[n, c, k * h + i, k * w + j] = dout[n, c, h, w]
    assert (layer.backward(dout) == wanted).all()


@steady
@given(seed, few, few, side, side)
def test_flatten(seed, N, C, H, W):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, C, H, W))
    right(core.Flatten(), x, rng)
    assert (core.Flatten().forward(x) == [image.ravel() for image in x]).all()


@settings(steady, max_examples=2)
@given(seed, few)
def test_a_whole_convolutional_network_in_both_modes(seed, N):
    rng = np.random.default_rng(seed)
    net, x = convolutional(core, rng), rng.standard_normal((N + 2, 2, 5, 4))
    right(net, x, rng, 1e-6)
    right(net.eval(), x[:N], rng, 1e-6)


# ---- dropout and batch norm ----------------------------------------------------------------------

@steady
@given(seed, st.floats(0, 0.9), st.lists(side, min_size=1, max_size=4))
def test_dropout_with_its_mask_frozen(seed, p, shape):
    rng = np.random.default_rng(seed)
    layer, x = core.Dropout(p, rng), rng.standard_normal(shape)
    assume(np.prod(shape) < 200)
    kept = np.random.default_rng(0)
    layer.rng = np.random.default_rng(0)  # as the copies in the check will draw it
    state = kept.bit_generator.state
    if layer.forward(x).any():  # else everything is dropped, and there is nothing to judge
        layer.rng.bit_generator.state = state
        right(layer, x, rng)
        assert layer.rng.bit_generator.state == state
    right(layer.eval(), x, rng)


@steady
@given(seed, st.integers(3, 6), side, st.booleans())
def test_batch_norm_of_rows(seed, N, n, training):
    rng = np.random.default_rng(seed)
    layer = disturbed(core.BatchNorm(n), rng).train(training)
    right(layer, 3 + 2 * rng.standard_normal((N, n)), rng)


@steady
@given(seed, st.integers(2, 4), few, side, side, st.booleans())
def test_batch_norm_of_images(seed, N, n, H, W, training):
    rng = np.random.default_rng(seed)
    assume(N * H * W > 2)  # two numbers become 1 and -1 whatever they are: dx is next to nothing
    layer = disturbed(core.BatchNorm(n), rng).train(training)
    right(layer, 3 + 2 * rng.standard_normal((N, n, H, W)), rng)


@many
@given(seed, st.integers(2, 6), few, side, side, st.floats(0, 0.99))
def test_b059_images_are_normalised_per_channel(seed, N, n, H, W, momentum):
    """https://github.com/soloice/mnist-bn/issues/1"""
    rng = np.random.default_rng(seed)
    images = disturbed(core.BatchNorm(n, momentum), rng).to(np.float64)
    rows = core.BatchNorm(n, momentum).to(np.float64)
    for name, array in rows.state().items():
        array[...] = images.state()[name]
    x = 3 + 2 * rng.standard_normal((N, n, H, W))
    mean, var = images.mean.copy(), images.var.copy()
    out = images.forward(x)
    close((out.mean((0, 2, 3)), out.std((0, 2, 3))),
          (images.beta, images.gamma * np.sqrt(1 - 1e-5 / (x.var((0, 2, 3)) + 1e-5))), 1e-10)
    close(images.mean, (1 - momentum) * mean + momentum * x.mean((0, 2, 3)))
    close(images.var, (1 - momentum) * var + momentum * x.var((0, 2, 3), ddof=1))
    # Each pixel is a row: so says the same layer, given rows.
    close(rows.forward(x.transpose(0, 2, 3, 1).reshape(-1, n)),
          out.transpose(0, 2, 3, 1).reshape(-1, n))
    close((rows.mean, rows.var), (images.mean, images.var))


# ---- recurrence ----------------------------------------------------------------------------------

@steady
@given(seed, few, few, st.integers(1, 4), st.integers(1, 4))
def test_rnn_with_a_first_state(seed, N, T, n_in, n):
    rng = np.random.default_rng(seed)
    layer = disturbed(core.RNN(n_in, n, rng), rng)
    right(layer, rng.standard_normal((N, T, n_in)), rng)


@many
@given(seed, few, st.integers(1, 6), st.integers(1, 4), st.integers(1, 4))
def test_rnn_goes_on_where_it_stopped(seed, N, T, n_in, n):
    """Out at step t knows no later x, and the last state is all that a second half needs."""
    rng = np.random.default_rng(seed)
    layer = disturbed(core.RNN(n_in, n, rng), rng).to(np.float64)
    x = rng.standard_normal((N, T, n_in))
    out = layer.forward(x)
    half = (T + 1) // 2
    close(layer.forward(x[:, :half]), out[:, :half])
    if half < T:
        for row in range(N):
            layer.h0[...] = out[row, half - 1]
            close(layer.forward(x[row:row + 1, half:]), out[row:row + 1, half:])
