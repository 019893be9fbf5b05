"""PyTorch as a second opinion, in float64: outputs, gradients, running numbers, steps.

Every layer of the core gets a twin in PyTorch with the same weights, and both see the same data.
"""

import numpy as np
import pytest
from core_beyond import WINDOWS
from core_helpers import LAYERS, close, convolutional, disturbed, problem

import mnist_core as core

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install -r requirements-frameworks.txt")
torch.set_num_threads(1)
nn = torch.nn
pytestmark = pytest.mark.thorough


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# ---- twins ---------------------------------------------------------------------------------------

class Masked(nn.Module):
    """Dropout by the mask that the layer of the core has drawn last."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return x * torch.tensor(self.layer.scale)


class BatchNorm(nn.BatchNorm2d):
    """BatchNorm1d and BatchNorm2d in one."""

    def _check_input_dim(self, x):
        pass


class Recurrent(nn.Module):
    """torch.nn.RNN with its first state as a parameter: W = [weight_ih | weight_hh].

    It has a bias for each half of W where the core has one, their sum: `share` goes to the second.
    """

    def __init__(self, layer, share=0.0):
        super().__init__()
        n_in, n = layer.sizes
        self.rnn, self.h0 = nn.RNN(n_in, n, batch_first=True), tensor(layer.h0)
        self.rnn.weight_ih_l0, self.rnn.weight_hh_l0 = map(tensor, np.split(layer.W, [n_in], 1))
        self.rnn.bias_ih_l0 = tensor(layer.b - share)
        self.rnn.bias_hh_l0 = tensor(np.full(n, share))
        self.rnn.bias_hh_l0.requires_grad = share != 0

    def forward(self, x):
        return self.rnn(x, self.h0.expand(1, len(x), -1).contiguous())[0]


def tensor(array):
    return nn.Parameter(torch.tensor(np.ascontiguousarray(array), dtype=torch.float64))


def twin(layer):
    """A module of PyTorch that computes what this layer computes."""
    if isinstance(layer, core.Sequential):
        module = nn.Sequential(*map(twin, layer.layers))
    elif isinstance(layer, core.RNN):
        module = Recurrent(layer)
    elif isinstance(layer, core.Dropout):
        module = Masked(layer)
    elif isinstance(layer, core.Conv2D):
        n_out, n_in, k, _ = layer.W.shape
        _, stride, padding = layer.window
        module = nn.Conv2d(n_in, n_out, k, stride, padding)
    elif isinstance(layer, core.Linear):
        module = nn.Linear(*layer.W.shape[::-1])
    elif isinstance(layer, core.BatchNorm):
        module = BatchNorm(len(layer.gamma), layer.eps, layer.momentum)
        module.running_mean, module.running_var = map(torch.tensor, (layer.mean, layer.var))
    elif isinstance(layer, core.MaxPool2D):
        module = nn.MaxPool2d(*layer.sizes)
    else:
        module = {core.ReLU: nn.ReLU, core.Sigmoid: nn.Sigmoid, core.Tanh: nn.Tanh,
                  core.Flatten: nn.Flatten}[type(layer)]()
    if isinstance(module, nn.Conv2d | nn.Linear | BatchNorm):
        weight, bias = (W for W, _ in layer.parameters())
        module.weight, module.bias = tensor(weight), tensor(bias)
    return module.double().train(layer.training)


def pairs(module):
    """[(W, dW), ...] of a twin, as the core has them."""
    if isinstance(module, Recurrent):
        rnn = module.rnn
        halves = rnn.weight_ih_l0, rnn.weight_hh_l0
        found = [(torch.cat(halves, 1), torch.cat([half.grad for half in halves], 1)),
                 (rnn.bias_ih_l0 + rnn.bias_hh_l0, rnn.bias_ih_l0.grad),
                 (module.h0, module.h0.grad)]
    elif list(module.children()):
        return [pair for child in module.children() for pair in pairs(child)]
    else:
        found = [(W, W.grad) for W in module.parameters()]
    return [(W.detach().numpy(), dW.numpy()) for W, dW in found]


def normalisers(model):
    """The layers of batch norm in a model of the core, or of PyTorch."""
    if isinstance(model, core.Layer):
        return [layer for layer in model.walk() if isinstance(layer, core.BatchNorm)]
    return [layer for layer in model.modules() if isinstance(layer, BatchNorm)]


def same(layer, module):
    """Parameters, gradients and running numbers agree."""
    for ours, theirs in zip(layer.parameters(), pairs(module), strict=True):
        close(ours[0], theirs[0], 1e-10)
        close(ours[1], theirs[1], 1e-10)
    for ours, theirs in zip(normalisers(layer), normalisers(module), strict=True):
        close(ours.mean, theirs.running_mean.numpy(), 1e-10)
        close(ours.var, theirs.running_var.numpy(), 1e-10)


def passed(layer, module, x, dout=None, rng=None):
    """Forward and backward through both, with L = Σ out · dout; out and dx must agree."""
    out = layer.forward(x)
    dout = rng.standard_normal(out.shape) if dout is None else dout
    x_theirs = torch.tensor(np.ascontiguousarray(x), requires_grad=True)
    out_theirs = module(x_theirs)
    close(out, out_theirs.detach().numpy(), 1e-10)
    module.zero_grad()
    (out_theirs * torch.tensor(dout)).sum().backward()
    close(layer.backward(dout), x_theirs.grad.numpy(), 1e-10)


def make(name, rng):
    """A layer in float64, its twin, and an x for both."""
    build, shape = LAYERS[name]
    layer = build(core, rng).to(np.float64)
    return layer, twin(layer), rng.standard_normal((5, *shape))


# ---- layers --------------------------------------------------------------------------------------

@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_outputs_gradients_and_running_numbers(name, training, rng):
    layer, module, x = make(name, rng)
    layer.train(training)
    module.train(training)
    for _ in range(3):
        passed(layer, module, x, rng=rng)
        same(layer, module)
        x = x + 1 + rng.standard_normal(x.shape)
    layer.eval()
    passed(layer, module.eval(), x[:1], rng=rng)
    same(layer, module)


@pytest.mark.parametrize("sizes", WINDOWS, ids=str)
def test_b014_convolution(sizes, rng):
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/30"""
    N, C, H, W, k, *window = sizes
    layer = disturbed(core.Conv2D(C, 4, k, rng, *window), rng).to(np.float64)
    module = twin(layer)
    passed(layer, module, rng.standard_normal((N, C, H, W)), rng=rng)
    same(layer, module)


@pytest.mark.parametrize("values", [1, 2, 4, 1000])
@pytest.mark.parametrize("k, H, W", [(1, 2, 3), (2, 6, 4), (2, 5, 7), (3, 8, 3), (4, 4, 11)])
def test_b016_pooling_with_ties(k, H, W, values, rng):
    """https://github.com/tensorflow/tensorflow/issues/4886"""
    layer = core.MaxPool2D(k)
    x = rng.integers(0, values, (3, 2, H, W)).astype(float)
    passed(layer, twin(layer), x, rng=rng)


@pytest.mark.parametrize("shape", [(2, 3), (7, 3), (2, 3, 1, 1), (2, 3, 4, 1), (3, 3, 2, 5)],
                         ids=str)
@pytest.mark.parametrize("momentum, eps", [(0.1, 1e-5), (0, 1e-3), (0.9, 0.5)])
def test_batch_norm(shape, momentum, eps, rng):
    layer = disturbed(core.BatchNorm(3, momentum, eps), rng).to(np.float64)
    module = twin(layer)
    for training in True, True, False:
        layer.train(training)
        module.train(training)
        passed(layer, module, 2 + 3 * rng.standard_normal(shape), rng=rng)
        same(layer, module)


@pytest.mark.parametrize("N, T, n_in, n", [(1, 1, 1, 1), (3, 1, 2, 4), (2, 2, 5, 3), (4, 3, 3, 3),
                                           (2, 9, 1, 6)])
@pytest.mark.parametrize("share", [0, 0.3])
def test_rnn(N, T, n_in, n, share, rng):
    layer = disturbed(core.RNN(n_in, n, rng), rng).to(np.float64)
    module = Recurrent(layer, share).double()
    passed(layer, module, rng.standard_normal((N, T, n_in)), rng=rng)
    same(layer, module)
    if share:
        close(layer.db, module.rnn.bias_hh_l0.grad.numpy(), 1e-10)


@pytest.mark.parametrize("N, C", [(1, 1), (1, 7), (12, 3), (5, 10)])
def test_cross_entropy(N, C, rng):
    logits, y = 5 * rng.standard_normal((N, C)), rng.integers(0, C, N)
    theirs = torch.tensor(logits, requires_grad=True)
    loss = nn.functional.cross_entropy(theirs, torch.tensor(y))
    loss.backward()
    ours = core.softmax_cross_entropy(logits, y)
    close(ours[0], loss.item(), 1e-12)
    close(ours[1], theirs.grad.numpy(), 1e-12)


# ---- steps ---------------------------------------------------------------------------------------

def decoupled_sgd(parameters, lr, decay):
    """PyTorch has no SGD with decoupled decay: its own step, after W has lost lr · decay · W."""
    parameters = list(parameters)
    optimiser = torch.optim.SGD(parameters, lr, 0.9)

    def shrink(optimiser, *_):
        with torch.no_grad():
            for W in parameters:
                W *= 1 - optimiser.param_groups[0]["lr"] * decay

    optimiser.register_step_pre_hook(shrink)
    return optimiser


OPTIMISERS = {
    "SGD": (lambda m: core.SGD(m, 0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "Momentum": (lambda m: core.Momentum(m, 0.1), lambda p: torch.optim.SGD(p, 0.1, 0.9)),
    "Momentum of 0": (lambda m: core.Momentum(m, 0.1, 0), lambda p: torch.optim.SGD(p, 0.1)),
    "Momentum, l2": (lambda m: core.Momentum(m, 0.1, 0.5, l2=0.3),
                     lambda p: torch.optim.SGD(p, 0.1, 0.5, weight_decay=0.3)),
    "Momentum, weight_decay": (lambda m: core.Momentum(m, 0.1, weight_decay=0.3),
                               lambda p: decoupled_sgd(p, 0.1, 0.3)),
    "Adam": (core.Adam, torch.optim.Adam),
    "Adam, other numbers": (lambda m: core.Adam(m, 0.02, 0.6, 0.8, 1e-3),
                            lambda p: torch.optim.Adam(p, 0.02, (0.6, 0.8), 1e-3)),
    "Adam, l2": (lambda m: core.Adam(m, 0.02, l2=0.3),
                 lambda p: torch.optim.Adam(p, 0.02, weight_decay=0.3)),
    "Adam, weight_decay": (lambda m: core.Adam(m, 0.02, weight_decay=0.3),
                           lambda p: torch.optim.AdamW(p, 0.02, weight_decay=0.3)),
}


@pytest.fixture(params=OPTIMISERS)
def optimisers(request):
    return OPTIMISERS[request.param]


@pytest.mark.parametrize("name", ["Linear", "network", "BatchNorm", "BatchNorm of images", "Conv2D",
                                  "Conv2D, strided", "RNN"])
def test_five_steps_of_every_layer(name, optimisers, rng):
    layer, module, x = make(name, rng)
    ours, theirs = optimisers[0](layer), optimisers[1](module.parameters())
    for step in range(5):
        passed(layer, module, x + step, rng=rng)
        ours.lr = theirs.param_groups[0]["lr"] = ours.lr * 0.9  # a schedule
        ours.step()
        theirs.step()
        same(layer, module)


def test_five_steps_of_a_convolutional_network(optimisers, rng):
    net = convolutional(core, rng, np.float64)
    module = twin(net)
    ours, theirs = optimisers[0](net), optimisers[1](module.parameters())
    X = rng.standard_normal((8, 2, 5, 4))
    y = problem(rng, 8)[1]
    for _ in range(5):
        loss = core.train_step(net, ours, X, y)
        theirs.zero_grad()
        loss_theirs = nn.functional.cross_entropy(module(torch.tensor(X)), torch.tensor(y))
        loss_theirs.backward()
        theirs.step()
        close(loss, loss_theirs.item(), 1e-10)
        same(net, module)
    logits = core.predict(net, X)
    close(logits, module.eval()(torch.tensor(X)).detach().numpy(), 1e-10)
