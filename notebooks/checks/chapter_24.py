"""Exercises of chapter 24: a training loop to mend, and weights from Keras.

Nothing here needs PyTorch: the loop is handed a stand-in that answers to the same calls.
"""

import numpy as np

from .judge import Check, sizes


class _Net:
    """One linear layer after a dropout that always drops the same inputs."""

    def __init__(self, W):
        self.W, self.grad, self.training = W.copy(), np.zeros_like(W), True
        self.keep = np.arange(W.shape[1]) % 2 == 0

    def __call__(self, x):
        self.x = 2 * x * self.keep if self.training else x
        return self.x @ self.W.T

    def train(self, training=True):
        self.training = training
        return self

    def eval(self):
        return self.train(False)

    def parameters(self):
        return [self.W]


class _Loss:
    """Half the mean squared distance. backward adds to the gradient, as PyTorch does."""

    def __init__(self, net, out, y):
        self.net, self.x, self.gap = net, net.x, out - y

    def backward(self):
        self.net.grad += self.gap.T @ self.x / len(self.x)

    def item(self):
        return float((self.gap**2).sum() / (2 * len(self.x)))


class _SGD:
    def __init__(self, net, lr):
        self.net, self.lr = net, lr

    def zero_grad(self, set_to_none=True):
        self.net.grad[...] = 0

    def step(self):
        self.net.W -= self.lr * self.net.grad


def _problem(rng):
    N, D, C = sizes(rng, 3)
    return {"X": rng.standard_normal((3 * N, D)), "Y": rng.standard_normal((3 * N, C)),
            "W": rng.standard_normal((C, D)), "X_val": rng.standard_normal((N + 1, D))}


def _two_epochs(attempt):
    """Run the reader's epoch twice on a stand-in: its last outputs, and the weights."""
    def judged(X, Y, W, X_val):
        net = _Net(W)
        batches = [(X[i::3], Y[i::3]) for i in range(3)]
        for _ in range(2):
            out = attempt(net, lambda out, y: _Loss(net, out, y), _SGD(net, 0.1), batches, X_val)
        return None if out is None else (net.W, out)
    return judged


def _epoch(zero="before", train=True, evaluate=True):
    def epoch(net, loss_of, optimiser, batches, X_val):
        if train:
            net.train()
        for x, y in batches:
            if zero == "before":
                optimiser.zero_grad()
            loss = loss_of(net(x), y)
            loss.backward()
            if zero == "after backward":
                optimiser.zero_grad()
            optimiser.step()
        if evaluate:
            net.eval()
        return net(X_val)
    return epoch


torch_epoch = Check(
    _problem,
    _two_epochs(_epoch()),
    {"Both are left: gradients pile up from batch to batch, and X_val is judged in training mode, "
     "with dropout on.": _epoch(None, True, False),
     "X_val is judged as it should be. But gradients pile up, and the second epoch trains in the "
     "evaluation mode that the first one left behind.": _epoch(None, False),
     "The modes are right. But gradients pile up, from batch to batch and from epoch to epoch.":
         _epoch(None),
     "The network learns as it should. But X_val is judged in training mode, with dropout on.":
         _epoch("before", True, False),
     "Your first epoch may be right. The second one trains in the evaluation mode that the first "
     "one left behind.": _epoch("before", False, True),
     "No weight moves: between backward and step, the gradients are set to 0.":
         _epoch("after backward")},
    parts=("a weight after two epochs", "the output for X_val"),
    adapt=_two_epochs)


def _keras(rng):
    k, n_in, n_out, C, H, W, n = (int(size) for size in sizes(rng, 7))
    return {"kernel": rng.standard_normal((k, k, n_in, n_out)),
            "dense": rng.standard_normal((H * W * C, n)), "C": C, "H": H, "W": W}


def _from_keras(kernel, dense, C, H, W, order=(3, 2, 0, 1), move=(3, 2, 0, 1)):
    dense = dense.reshape(H, W, C, -1).transpose(move)
    return kernel.transpose(order), dense.reshape(len(dense), -1)


def _dense_only_turned(kernel, dense, C, H, W):
    return kernel.transpose(3, 2, 0, 1), dense.T.copy()


from_keras = Check(
    _keras,
    _from_keras,
    {"The convolution is right. The dense kernel is turned, but its inputs are still in Keras's "
     "order, in which the channel runs fastest.": _dense_only_turned,
     "The convolution is right, and the dense kernel has rows and columns swapped within each "
     "channel.": lambda kernel, dense, C, H, W: _from_keras(kernel, dense, C, H, W,
                                                            move=(3, 2, 1, 0)),
     "The dense kernel is right. The convolution is turned round: its rows and columns i, j have "
     "changed places.": lambda kernel, dense, C, H, W: _from_keras(kernel, dense, C, H, W,
                                                                   order=(3, 2, 1, 0)),
     "reshape changes no order, it only counts off new rows: transpose the convolution's axes.":
         lambda kernel, dense, C, H, W: (kernel.reshape(kernel.shape[3], kernel.shape[2],
                                                        *kernel.shape[:2]),
                                         _from_keras(kernel, dense, C, H, W)[1])},
    parts=("the convolution's W", "the dense W"))
