"""Checks of Part IV of an implementation: optimisers with a memory, layers of images and of time.

Each takes the module to judge, as those of core_helpers.py do.
"""

import math

import numpy as np
from core_helpers import close, disturbed

import mnist_core


def walk(core, make, W, *gradients):
    """Where a weight goes from W, given its gradient at each step. A bias must go there too."""
    layer, path = core.Linear(1, 1, np.random.default_rng(14)).to(np.float64), []
    layer.W[...] = layer.b[...] = W
    optimiser, array = make(layer), layer.W
    for g in gradients:
        layer.dW, layer.db = np.array([[g]]), np.array([g])
        optimiser.step()
        assert layer.W is array and layer.dW == g and layer.b == layer.W
        path.append(layer.W.item())
    return path


def check_momentum(core):
    def walked(*gradients, **more):
        return walk(core, lambda layer: core.Momentum(layer, 0.5, **more), 8, *gradients)

    close(walked(2.0, 2.0, 2.0, momentum=0.5), [7, 5.5, 3.75])  # v = 2, 3, 3.5
    close(walked(2.0, 0.0), [7, 6.1])  # v = 2, 1.8
    close(walked(2.0, 4.0, momentum=0), [7, 5])
    close(walked(0.0, 0.0, momentum=0.5, l2=0.25), [7, 5.625])  # v = 2, 2.75
    close(walked(2.0, 2.0, momentum=0.5, weight_decay=0.25), [6, 3.75])  # v = 2, 3
    close(walked(0.0, 0.0, momentum=0.5, weight_decay=0.25), [7, 6.125])
    # Each array has a v of its own, and the rate counts as it is at the step.
    layer = core.Linear(1, 1, np.random.default_rng(14))
    layer.W[...], layer.b[...] = 8, 1
    optimiser = core.Momentum(layer, 9, 0.5)
    for optimiser.lr in 0.5, 0.25:
        layer.dW, layer.db = np.full((1, 1), 2, np.float32), np.full(1, -4, np.float32)
        optimiser.step()
    close([layer.W.item(), layer.b.item()], [6.25, 4.5])
    assert layer.W.dtype == layer.b.dtype == np.float32


def check_adam(core):
    def walked(*gradients, W=8, lr=0.5, beta1=0.5, beta2=0.75, eps=0, **more):
        return walk(core, lambda layer: core.Adam(layer, lr, beta1, beta2, eps, **more), W,
                    *gradients)

    close(walked(1.0, 3.0), [7.5, 7.5 - 7 / 6 / math.sqrt(39 / 7)])  # by hand
    close(walked(3.0, eps=1), [8 - 0.5 * 3 / 4])  # eps is added to the root
    close(walked(0.0, l2=0.25), [7.5])  # g = 2 moves as far as any g
    close(walked(0.0, eps=1, l2=0.25), [8 - 0.5 * 2 / 3])
    close(walked(1.0, 1.0, weight_decay=0.25), [6.5, 6.5 * 0.875 - 0.5])
    close([walk(core, core.Adam, 1, g)[0] - 1 for g in (1e-3, -5, 100)], [-1e-3, 1e-3, -1e-3], 1e-7)
    rng = np.random.default_rng(15)
    W, m, v, wanted, gradients = 2.0, 0.0, 0.0, [], rng.standard_normal(10).tolist()
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g ** 2
        W -= 0.01 * (m / (1 - 0.9 ** t)) / (math.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
        wanted.append(W)
    close(walk(core, lambda layer: core.Adam(layer, 0.01), 2, *gradients), wanted)


def check_dropout(core):
    rng = np.random.default_rng(16)
    for p in 0, 0.1, 0.5, 0.9:
        layer, x = core.Dropout(p, rng), np.ones((400, 500), np.float32)
        out = layer.forward(x)
        dropped = out == 0
        assert abs(dropped.mean() - p) < 0.005 and abs(out.mean() - 1) < 0.015
        assert out.dtype == np.float32 and np.allclose(out[~dropped], 1 / (1 - p))
        if p:  # entries are dropped one by one: not by row, not by column, anew at each forward
            for axis in 0, 1:
                assert (abs(dropped.mean(axis) - p) < 0.12).all() and dropped.any(axis).all()
            assert (layer.forward(x) != out).any()
        out = layer.forward(x)
        dout = rng.standard_normal(x.shape).astype(np.float32)
        close(layer.backward(dout), dout * out, 1e-6)
        layer.eval()
        assert (layer.forward(dout) == dout).all() and (layer.backward(x) == 1).all()
    x = rng.standard_normal((5, 7))
    assert mnist_core.gradient_check(core.Dropout(0.4, rng), x, rng) < 1e-7


def check_batch_norm(core):
    def norm(eps=0):
        layer = core.BatchNorm(2, eps=eps).to(np.float64)
        layer.gamma[...], layer.beta[...] = [2, 3], [1, -1]
        return layer

    layer = norm()
    x = np.array([[0.0, 0], [0, 0], [2, 20], [2, 20]])  # means 1 and 10, deviations 1 and 10
    dout = np.array([[1.0, 10], [2, 20], [3, 30], [6, 60]])
    out, dx = [[-1, -4], [-1, -4], [3, 2], [3, 2]], [[-1, -1.5], [1, 1.5], [-3, -4.5], [3, 4.5]]
    close(layer.forward(x), out)
    close(layer.backward(dout), dx)
    close([layer.dgamma, layer.dbeta], [[6, 60], [12, 120]])
    close([layer.mean, layer.var], [[0.1, 1], [0.9 + 0.4 / 3, 0.9 + 40 / 3]])
    # Two images of two pixels are four rows.
    images = norm()
    close(images.forward(x.reshape(2, 1, 2, 2).transpose(0, 3, 1, 2)),
          np.reshape(out, (2, 1, 2, 2)).transpose(0, 3, 1, 2))
    close(images.backward(dout.reshape(2, 1, 2, 2).transpose(0, 3, 1, 2)),
          np.reshape(dx, (2, 1, 2, 2)).transpose(0, 3, 1, 2))
    close([images.mean, images.var, images.dgamma], [layer.mean, layer.var, layer.dgamma])
    # Evaluation takes the running numbers, and leaves them.
    layer.eval()
    layer.mean[...], layer.var[...] = [1, 2], [4, 9]
    close(layer.forward(np.array([[5.0, 8], [1, 2]])), [[5, 5], [1, -1]])
    close(layer.forward(np.array([[5.0, 8]])), [[5, 5]])
    close(layer.backward(np.array([[3.0, 4]])), [[3, 4]])
    close([layer.mean, layer.var, layer.dgamma, layer.dbeta], [[1, 2], [4, 9], [6, 8], [3, 4]])
    # eps stands under the root: (var + eps) = 3 + 1.
    close(norm(eps=1).forward(np.sqrt([[0, 0], [12, 12]])),
          np.sqrt(3) / 2 * np.array([[-2, -3], [2, 3]]) + [1, -1])
    assert (norm(eps=1e-5).forward(np.full((3, 2), 7.0)) == [1, -1]).all()
    rng = np.random.default_rng(17)
    layer = disturbed(core.BatchNorm(3), rng)
    for shape in (5, 3), (2, 3, 4, 5):
        for layer.training in True, False:
            assert mnist_core.gradient_check(layer, rng.standard_normal(shape), rng) < 1e-7


def naive_windows(x, k, stride, padding):
    """The windows of x, entry by entry: [H_out][W_out] arrays (N, C, k, k)."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    return [[x[:, :, h:h + k, w:w + k] for w in range(0, x.shape[3] - k + 1, stride)]
            for h in range(0, x.shape[2] - k + 1, stride)]


# N, C, H, W, k, stride, padding: odd and even, a border left over, one window, one pixel.
WINDOWS = [(2, 3, 5, 6, 3, 1, 0), (1, 2, 6, 6, 3, 2, 0), (3, 1, 7, 6, 3, 2, 1),
           (2, 2, 4, 9, 2, 3, 0), (2, 3, 3, 3, 3, 1, 0), (4, 2, 2, 3, 1, 1, 1),
           (2, 2, 1, 1, 3, 2, 1), (1, 1, 5, 4, 2, 1, 2), (2, 1, 3, 4, 5, 1, 3)]


def check_im2col(core):
    x = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    cols = core.im2col(x, 2)
    close(cols, [[[1, 2], [2, 3], [4, 5], [5, 6]], [[4, 5], [5, 6], [7, 8], [8, 9]]])
    close(core.col2im(cols, x.shape, 2)[0, 0], [[1, 4, 3], [8, 20, 12], [7, 16, 9]])
    rng = np.random.default_rng(18)
    for N, C, H, W, k, *window in WINDOWS:
        x = rng.standard_normal((N, C, H, W))
        rows = naive_windows(x, k, *window)
        wanted = [np.stack([part.transpose(2, 3, 1, 0).reshape(-1, N) for part in row], axis=1)
                  for row in rows]  # (k k C, W_out, N)
        cols = core.im2col(x, k, *window)
        close(cols, np.reshape(wanted, (len(rows), k * k * C, -1)))
        other = rng.standard_normal(cols.shape)
        dx = core.col2im(other, x.shape, k, *window)
        assert dx.shape == x.shape
        close((other * cols).sum(), (dx * x).sum())


def check_conv2d(core):
    rng = np.random.default_rng(19)
    layer = core.Conv2D(1, 1, 2, rng).to(np.float64)
    layer.W[...], layer.b[...] = [[1, 2], [3, 4]], 10
    for _ in range(2):  # the second time must not know of the first
        close(layer.forward(np.arange(1.0, 10).reshape(1, 1, 3, 3)), [[[[47, 57], [77, 87]]]])
        close(layer.backward(np.array([[[[1.0, 0], [0, 2]]]])),
              [[[[1, 2, 0], [3, 6, 4], [0, 6, 8]]]])
        close(layer.dW, [[[[11, 14], [20, 23]]]])
        close(layer.db, [3])
    for N, C, H, W, k, *window in WINDOWS:
        x = rng.standard_normal((N, C, H, W))
        layer = disturbed(core.Conv2D(C, 5, k, rng, *window), rng).to(np.float64)
        out = layer.forward(x)
        windows = naive_windows(x, k, *window)
        close(out, np.array([[[[(layer.W[o] * part[n]).sum() + layer.b[o] for part in row]
                               for row in windows] for o in range(5)] for n in range(N)]))
        dout = rng.standard_normal(out.shape)
        dx = layer.backward(dout)
        # <dout, out - b> = <dx, x> = <dW, W>: backward is the transpose of forward.
        wanted = (dout * (out - layer.b[:, None, None])).sum()
        close([(dx * x).sum(), (layer.dW * layer.W).sum()], [wanted, wanted], 1e-10)
        close(layer.db, dout.sum(axis=(0, 2, 3)))
    layer = disturbed(core.Conv2D(2, 3, 3, rng, stride=2, padding=1), rng)
    assert mnist_core.gradient_check(layer, rng.standard_normal((2, 2, 6, 5)), rng) < 1e-7
    W = core.Conv2D(4, 400, 5, rng).W  # n_in is 4 · 5 · 5 = 100 numbers
    assert W.shape == (400, 4, 5, 5) and abs(W.std() / math.sqrt(2 / 100) - 1) < 0.02


def check_max_pool(core):
    layer = core.MaxPool2D(2)
    x = np.array([[[[1.0, 2, 0, -7, 99], [2, 2, -1, -7, 99], [-3, -4, 5, 6, 99], [-1, -2, 7, 8, 99],
                    [99, 99, 99, 99, 99]]]])  # the last row and column are left over
    close(layer.forward(x), [[[[2, 0], [-1, 8]]]])
    close(layer.backward(np.array([[[[1.0, 2], [3, 4]]]])),
          [[[[0, 1, 2, 0, 0], [0] * 5, [0] * 5, [3, 0, 0, 4, 0], [0] * 5]]])
    # A window of one number throughout hands its dout to its first entry.
    layer = core.MaxPool2D(3)
    layer.forward(np.zeros((2, 3, 3, 6)))
    dx = layer.backward(np.ones((2, 3, 1, 2)))
    assert dx.sum() == 12 and (dx[:, :, 0, ::3] == 1).all()
    rng = np.random.default_rng(20)
    for k, (H, W) in (1, (2, 3)), (2, (5, 7)), (3, (7, 3)), (2, (4, 6)):
        x = rng.standard_normal((2, 3, H, W))
        wanted = [[x[:, :, h:h + k, w:w + k].max(axis=(2, 3)) for w in range(0, W - k + 1, k)]
                  for h in range(0, H - k + 1, k)]
        close(core.MaxPool2D(k).forward(x), np.transpose(wanted, (2, 3, 0, 1)))
        assert mnist_core.gradient_check(core.MaxPool2D(k), x, rng) < 1e-7


def check_flatten(core):
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    for image in x, np.asfortranarray(x), np.ascontiguousarray(x.transpose(2, 3, 0, 1)).transpose(
            2, 3, 0, 1):
        layer = core.Flatten()
        out = layer.forward(image)
        assert out.tolist() == [list(range(12)), list(range(12, 24))]
        assert not np.shares_memory(out, image)
        dout = -out
        dx = layer.backward(dout)
        assert (dx == -x).all() and dx.shape == x.shape and not np.shares_memory(dx, dout)


def check_rnn(core):
    rng, ln = np.random.default_rng(21), np.log
    layer = core.RNN(1, 1, rng).to(np.float64)
    layer.W[...], layer.b[...], layer.h0[...] = [[1, 5]], -1, 0.2
    x = [ln(2), ln(3) - 2]  # z is 1 · ln 2 + 5 · 0.2 - 1 = ln 2, then ln 3 - 2 + 5 · 0.6 - 1 = ln 3
    for _ in range(2):  # the second time must not know of the first
        close(layer.forward(np.reshape(x, (1, 2, 1))), [[[0.6], [0.8]]])
        # dz is 0.36 at the last step, and (1 + 5 · 0.36) · 0.64 = 1.792 at the first.
        close(layer.backward(np.ones((1, 2, 1))), [[[1.792], [0.36]]])
        close(layer.dW, [[1.792 * x[0] + 0.36 * x[1], 1.792 * 0.2 + 0.36 * 0.6]])
        close([*layer.db, *layer.dh0], [2.152, 8.96])
    for T in 1, 2, 3:
        layer = disturbed(core.RNN(2, 4, rng), rng).to(np.float64)
        x = rng.standard_normal((3, T, 2))
        out = layer.forward(x)
        for n in range(3):
            h = layer.h0
            for t in range(T):
                h = np.tanh(layer.W @ [*x[n, t], *h] + layer.b)
                close(out[n, t], h)
        assert mnist_core.gradient_check(layer, x, rng) < 1e-7
    layer = core.RNN(100, 300, rng)
    assert layer.W.shape == (300, 400) and not layer.b.any() and not layer.h0.any()
    assert abs(layer.W.std() / math.sqrt(2 / 700) - 1) < 0.02


CHECKS = [check_momentum, check_adam, check_dropout, check_batch_norm, check_im2col, check_conv2d,
          check_max_pool, check_flatten, check_rnn]
