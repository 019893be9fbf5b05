"""Images and sequences: Conv2D, MaxPool2D, Flatten, RNN, and the memory of a whole test set."""

import math
import tracemalloc

import core_beyond
import numpy as np
import pytest
from core_helpers import close, disturbed

import mnist_core as core


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_by_hand_and_by_plain_loops():
    core_beyond.check_im2col(core)
    core_beyond.check_conv2d(core)
    core_beyond.check_flatten(core)


# ---- convolution ---------------------------------------------------------------------------------

@pytest.mark.parametrize("H, W, padding, covered", [(6, 6, 0, (5, 5)), (7, 6, 1, (7, 6)),
                                                    (8, 6, 0, (7, 5)), (4, 4, 0, (3, 3))])
def test_b014_pixels_that_no_window_covers_get_a_gradient_of_zero(H, W, padding, covered, rng):
    """https://github.com/torch/DEPRECEATED-torch7-distro/issues/20"""
    layer = disturbed(core.Conv2D(2, 3, 3, rng, stride=2, padding=padding), rng).to(np.float64)
    x = rng.standard_normal((2, 2, H, W))
    dx = layer.backward(rng.standard_normal(layer.forward(x).shape))
    assert dx.shape == x.shape
    inside = np.zeros((H, W), bool)
    inside[:covered[0], :covered[1]] = True
    assert (dx[:, :, ~inside] == 0).all() and (dx[:, :, inside] != 0).all()
    assert core.gradient_check(layer, x, rng) < 1e-7


def test_convolution_of_one_pixel_is_linear(rng):
    """A kernel as large as the image, too: one window, one Linear layer."""
    conv = disturbed(core.Conv2D(5, 3, 1, rng), rng)
    linear = core.Linear(5, 3, rng)
    linear.W, linear.b = conv.W.reshape(3, 5), conv.b
    x = rng.standard_normal((4, 5)).astype(np.float32)
    close(conv.forward(x[:, :, None, None])[:, :, 0, 0], linear.forward(x), 1e-6)
    conv = disturbed(core.Conv2D(2, 3, 4, rng), rng)
    linear = core.Linear(32, 3, rng)
    linear.W, linear.b = conv.W.reshape(3, 32), conv.b
    x = rng.standard_normal((4, 2, 4, 4)).astype(np.float32)
    close(conv.forward(x)[:, :, 0, 0], linear.forward(core.Flatten().forward(x)), 1e-5)


def test_convolution_does_not_flip_its_kernel(rng):
    """A kernel with a 1 at place (i, j) reads the pixel i below and j to the right."""
    x = rng.standard_normal((1, 1, 5, 6))
    for i, j in (0, 0), (0, 2), (1, 0), (2, 1):
        layer = core.Conv2D(1, 1, 3, rng, init=core.zeros).to(np.float64)
        layer.W[0, 0, i, j] = 1
        close(layer.forward(x), x[:, :, i:i + 3, j:j + 4])


def test_convolution_moves_with_the_image(rng):
    layer = disturbed(core.Conv2D(2, 3, 3, rng), rng).to(np.float64)
    x = rng.standard_normal((2, 2, 9, 8))
    close(layer.forward(x[:, :, 1:, 2:]), layer.forward(x)[:, :, 1:, 2:])


def test_padding_is_a_frame_of_zeros_and_a_stride_leaves_out(rng):
    x = rng.standard_normal((2, 2, 7, 6)).astype(np.float32)
    framed = np.pad(x, [(0, 0), (0, 0), (2, 2), (2, 2)])
    layers = [core.Conv2D(2, 3, 3, np.random.default_rng(1), *window)
              for window in ((1, 0), (1, 2), (2, 0), (3, 2))]
    plain, padded, strided, both = layers
    close(padded.forward(x), plain.forward(framed), 1e-6)
    close(strided.forward(x), plain.forward(x)[:, :, ::2, ::2], 1e-6)
    close(both.forward(x), plain.forward(framed)[:, :, ::3, ::3], 1e-6)


def test_b066_the_fan_in_of_a_kernel_is_all_that_it_reads(rng):
    """https://github.com/mlverse/torch/issues/555"""
    for init, variance in (None, 2 / 100), (core.he_normal, 2 / 100), (core.xavier_normal, 2 / 600):
        W = core.Conv2D(4, 500, 5, rng, init=init).W
        assert W.shape == (500, 4, 5, 5) and W.dtype == np.float32
        assert abs(W.std() / math.sqrt(variance) - 1) < 0.02 and abs(W.mean()) < 0.002
    W = core.RNN(100, 300, rng).W  # xavier_normal, unless another is given
    assert abs(W.std() / math.sqrt(2 / 700) - 1) < 0.02
    W = core.RNN(100, 300, rng, core.he_normal).W
    assert abs(W.std() / math.sqrt(2 / 400) - 1) < 0.02


def test_b066_he_keeps_the_size_of_a_signal_through_six_convolutions(rng):
    """https://github.com/mlverse/torch/issues/555"""
    x = rng.standard_normal((4, 8, 12, 12)).astype(np.float32)
    for _ in range(6):
        x = core.ReLU().forward(core.Conv2D(8, 8, 3, rng, padding=1).forward(x))
    assert 0.1 < (x ** 2).mean() < 2


def test_columns_are_a_view_that_none_may_write_into(rng):
    """k shifts of the rows are copied, and not k k: the 5 x 5 windows take 5 times x, not 25."""
    x = rng.random((10, 8, 28, 28), np.float32)
    cols = core.im2col(x, 5)
    assert not cols.flags.writeable and cols.size == 25 * 8 * 24 * 24 * 10
    tracemalloc.start()
    try:
        kept = core.im2col(x, 5)
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert size < 6 * x.nbytes and not np.shares_memory(kept, x)


def test_a_convolutional_network_reads_like_its_figure(rng):
    net = core.Sequential(core.Conv2D(1, 8, 5, rng, stride=2, padding=1), core.BatchNorm(8),
                          core.MaxPool2D(2), core.Dropout(0.5, rng), core.Flatten(),
                          core.RNN(3, 4, rng))
    assert repr(net) == ("Sequential(Conv2D(1, 8, 5, stride=2, padding=1), BatchNorm(8), "
                         "MaxPool2D(2), Dropout(0.5), Flatten(), RNN(3, 4))")


# ---- pooling -------------------------------------------------------------------------------------

def test_b016_a_constant_image_hands_each_gradient_to_one_pixel():
    """https://github.com/Theano/Theano/issues/5404"""
    core_beyond.check_max_pool(core)
    layer = core.MaxPool2D(2)
    layer.forward(np.array([[[[1.0, 2], [2, 2]]]]))
    assert layer.backward(np.array([[[[5.0]]]])).tolist() == [[[[0, 5], [0, 0]]]]


def test_b016_the_background_of_a_digit(mnist, rng):
    """https://github.com/Theano/Theano/issues/5404"""
    layer, x = core.MaxPool2D(2), mnist[0][:20].reshape(20, 1, 28, 28)
    out = layer.forward(x)
    dout = rng.random(out.shape, np.float32)
    dx = layer.backward(dout)
    blocks = dx.reshape(20, 1, 14, 2, 14, 2)
    close(blocks.sum((3, 5)), dout, 0)
    assert ((blocks != 0).sum((3, 5)) == (dout != 0)).all()


def test_pooling_of_negative_numbers_knows_no_zero():
    layer = core.MaxPool2D(2)
    close(layer.forward(np.full((1, 1, 2, 2), -3.0)), [[[[-3]]]])
    assert np.isnan(layer.forward(np.array([[[[1, np.nan], [2, 3]]]])))  # stays visible


# ---- recurrence ----------------------------------------------------------------------------------

def test_rnn_by_hand():
    core_beyond.check_rnn(core)


def test_each_state_sees_what_came_before_and_nothing_later(rng):
    layer = disturbed(core.RNN(2, 4, rng), rng).to(np.float64)
    x = rng.standard_normal((1, 5, 2))
    layer.forward(x)
    for t in range(5):
        dout = np.zeros((1, 5, 4))
        dout[:, t] = 1
        dx = layer.backward(dout)
        assert dx[:, :t + 1].all() and not dx[:, t + 1:].any()
        assert layer.dh0.all()


def test_the_first_state_is_learnt(rng):
    """Sequences of zeros: without a first state of its own, the network could say nothing."""
    class Last(core.Layer):
        def forward(self, x):
            self.x = x
            return x[:, -1].copy()

        def backward(self, dout):
            dx = np.zeros_like(self.x)
            dx[:, -1] = dout
            return dx

    layer = core.RNN(2, 3, rng)
    net = core.Sequential(layer, Last())
    X, y = np.zeros((6, 4, 2), np.float32), [0, 1, 1, 1, 1, 1]
    before = core.evaluate(net, X, y)[0]
    list(core.fit(net, core.Adam(net, 0.05), X, y, epochs=30, batch_size=6, rng=rng))
    assert core.evaluate(net, X, y)[0] < before / 1.5 and layer.h0.any()


# ---- a whole test set ----------------------------------------------------------------------------

def peak_of(call):
    """The most bytes that Python held at once while this ran, beyond those before it."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_b051_a_convolutional_network_reads_ten_thousand_images_in_little_memory(rng):
    """https://github.com/hunkim/DeepLearningZeroToAll/issues/130"""
    net = core.Sequential(core.Conv2D(1, 8, 5, rng), core.ReLU(), core.MaxPool2D(2),
                          core.Flatten(), core.Linear(8 * 12 * 12, 10, rng))
    X, y = rng.random((10_000, 1, 28, 28), np.float32), rng.integers(0, 10, 10_000)
    assert peak_of(lambda: core.evaluate(net, X, y)) < 300e6


def test_a_step_of_a_convolutional_network_takes_little_memory(rng):
    net = core.Sequential(core.Conv2D(1, 8, 5, rng), core.ReLU(), core.MaxPool2D(2),
                          core.Conv2D(8, 16, 5, rng), core.ReLU(), core.MaxPool2D(2),
                          core.Flatten(), core.Linear(16 * 4 * 4, 10, rng))
    X, y = rng.random((64, 1, 28, 28), np.float32), rng.integers(0, 10, 64)
    assert peak_of(lambda: core.train_step(net, core.SGD(net, 0.1), X, y)) < 60e6
