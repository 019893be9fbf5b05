"""Tests of the tests: mnist_core with one fault in it, which the check of that piece must notice.

Each row: a piece of the file's text, the fault to put in its place, the check. A row whose text no
longer stands in the file exactly once fails with a sentence that says so: write the fault anew.
"""

import core_helpers as helpers
import pytest
from core_helpers import mutant

import mnist_core as core

FAULTS = [
    # data
    ("np.float32(255)", "np.float32(256)", helpers.check_data_sets),
    ("y.astype(np.int64)", "y", helpers.check_data_sets),
    (".reshape(shape).copy()", ".reshape(shape[::-1]).T.copy()", helpers.check_read_idx),
    (".reshape(shape).copy()", ".reshape(shape)", helpers.check_read_idx),
    ("logits.argmax(axis=1)", "logits.argmax(axis=0)", helpers.check_accuracy),
    ("(logits.argmax(axis=1) == y).mean()", "(logits.argmax(axis=1) == y).sum()",
     helpers.check_accuracy),

    # softmax
    ("logits.max(axis=-1, keepdims=True)", "logits.max()", helpers.check_softmax),
    ("logits - logits.max(axis=-1, keepdims=True)", "logits", helpers.check_softmax),
    ("odds.sum(axis=-1, keepdims=True)", "odds.sum(axis=0, keepdims=True)", helpers.check_softmax),
    ("odds.sum(axis=-1, keepdims=True)", "odds.sum()", helpers.check_softmax),

    # cross-entropy
    ("logits.max(axis=1, keepdims=True)", "logits.max()", helpers.check_loss),
    ("logits - logits.max(axis=1, keepdims=True)", "logits", helpers.check_loss),
    ("odds.sum(axis=1, keepdims=True)", "odds.sum(axis=0, keepdims=True)", helpers.check_loss),
    (".sum() / N\n", ".sum()\n", helpers.check_loss),
    ("return float(loss), dlogits / N", "return float(loss), dlogits", helpers.check_loss),
    ("return float(loss), dlogits / N", "return float(loss), dlogits / N / N", helpers.check_loss),
    ("dlogits[rows, y] -= 1", "dlogits[rows, y] += 1", helpers.check_loss),
    ("dlogits[rows, y] -= 1", "dlogits[:, y] -= 1", helpers.check_loss),

    # Linear. Where x is square or N == n_out, the shapes of these agree.
    ("self.dW = dout.T @ self.x", "self.dW = self.x.T @ dout", helpers.check_linear),
    ("self.dW = dout.T @ self.x", "self.dW = dout @ self.x", helpers.check_linear),
    ("self.dW = dout.T @ self.x", "self.dW = dout.T @ self.x / len(dout)", helpers.check_linear),
    ("self.db = dout.sum(axis=0)", "self.db = dout.sum(axis=1)", helpers.check_linear),
    ("self.db = dout.sum(axis=0)", "self.db = dout.mean(axis=0)", helpers.check_linear),
    ("self.db = dout.sum(axis=0)", "self.db = dout.sum()", helpers.check_linear),
    ("self.db = dout.sum(axis=0)", "self.db = 0 * self.b", helpers.check_linear),
    ("self.db = dout.sum(axis=0)", "self.db = dout.sum(axis=0) + (self.db is not None and self.db)",
     helpers.check_linear),
    ("return dout @ self.W", "return dout @ self.W.T", helpers.check_linear),
    ("return x @ self.W.T + self.b", "return x @ self.W.T", helpers.check_linear),
    ("return x @ self.W.T + self.b", "return x @ self.W + self.b", helpers.check_linear),

    # ReLU
    ("dout * (self.x > 0)", "dout * (np.maximum(self.x, 0) >= 0)", helpers.check_relu),
    ("dout * (self.x > 0)", "dout * (self.x >= 0)", helpers.check_relu),
    ("dout * (self.x > 0)", "dout * (dout > 0)", helpers.check_relu),
    ("dout * (self.x > 0)", "np.multiply(dout, self.x > 0, out=dout)", helpers.check_relu),
    ("return np.maximum(x, 0)", "return np.maximum(x, 0, out=x)", helpers.check_relu),
    ("return np.maximum(x, 0)", "return abs(x)", helpers.check_relu),

    # Sigmoid and Tanh
    ("np.exp(-abs(x))", "np.exp(abs(x))", helpers.check_sigmoid),
    ("np.where(x < 0, small, 1)", "np.where(x > 0, small, 1)", helpers.check_sigmoid),
    ("np.where(x < 0, small, 1)", "np.where(x < 0, 1, small)", helpers.check_sigmoid),
    ("np.where(x < 0, small, 1)", "1", helpers.check_sigmoid),
    ("dout * out * (1 - out)", "dout * out", helpers.check_sigmoid),
    ("dout * out * (1 - out)", "dout * self.x * (1 - self.x)", helpers.check_sigmoid),
    ("dout * out * (1 - out)", "out * (1 - out)", helpers.check_sigmoid),
    ("dout * (1 - np.tanh(self.x)**2)", "dout * (1 - self.x**2)", helpers.check_tanh),
    ("dout * (1 - np.tanh(self.x)**2)", "dout * (1 - np.tanh(self.x))", helpers.check_tanh),
    ("dout * (1 - np.tanh(self.x)**2)", "dout / (1 - np.tanh(self.x)**2)", helpers.check_tanh),

    # Sequential
    ("for layer in reversed(self.layers):", "for layer in self.layers:", helpers.check_sequential),
    ("        self.layers[0].gradients(dout)\n", "", helpers.check_sequential),
    ("for layer in reversed(self.layers[1:]):", "for layer in reversed(self.layers[2:]):",
     helpers.check_sequential),

    # checking gradients
    ("/ (2 * h)", "/ h", helpers.check_numerical_gradient),
    ("        x[i] = kept\n", "", helpers.check_numerical_gradient),
    ("math.nan if change", "0 if change", helpers.check_numerical_gradient),
    ("[smooth].max() / largest", "[smooth].max()", helpers.check_gradient_check),
    ("copy.deepcopy(layer).to(np.float64)", "layer.to(np.float64)",
     helpers.check_gradient_check),

    # mini-batches
    ("((X[part], y[part])", "((X[part], y[np.sort(part)])", helpers.check_minibatches),
    ("rng.permutation(len(X))", "np.arange(len(X))", helpers.check_minibatches),
    ("rng.permutation(len(X))", "rng.integers(len(X), size=len(X))", helpers.check_minibatches),
    ("rng.permutation(len(X))", "np.random.default_rng(0).permutation(len(X))",
     helpers.check_minibatches),
    ("range(batch_size, len(X), batch_size)", "range(batch_size, len(X) - batch_size, batch_size)",
     helpers.check_minibatches),
    ("rng.permutation(len(X))", "rng.permutation(len(X) // batch_size * batch_size)",
     helpers.check_minibatches),

    # SGD
    ("W -= lr * dW", "W += lr * dW", helpers.check_sgd),
    ("W -= lr * dW", "W = W - lr * dW", helpers.check_sgd),
    ("W -= lr * dW", "W -= lr * dW * (W.ndim > 1)", helpers.check_sgd),
    ("W -= lr * dW", "W -= lr * dW / len(dW)", helpers.check_sgd),
    ("W -= lr * dW", "W -= lr * lr * dW", helpers.check_sgd),

    # initialisers
    ("math.sqrt(2 / n_in)", "math.sqrt(2 / n_out)", helpers.check_initialisers),
    ("math.sqrt(2 / n_in)", "math.sqrt(1 / n_in)", helpers.check_initialisers),
    ("math.sqrt(2 / n_in)", "2 / n_in", helpers.check_initialisers),
    ("math.sqrt(2 / (n_in + n_out))", "math.sqrt(1 / (n_in + n_out))",
     helpers.check_initialisers),
    ("math.sqrt(2 / (n_in + n_out))", "math.sqrt(2) / (n_in + n_out)",
     helpers.check_initialisers),
    ("math.sqrt(2 / (n_in + n_out))", "math.sqrt(6 / (n_in + n_out))",
     helpers.check_initialisers),
    ("rng.standard_normal(shape, np.float32)", "rng.standard_normal(shape)",
     helpers.check_initialisers),
    ("rng.standard_normal(shape, np.float32)", "rng.random(shape, np.float32)",
     helpers.check_initialisers),
    ("(init or he_normal)((n_out, n_in), rng)", "(init or xavier_normal)((n_out, n_in), rng)",
     helpers.check_initialisers),
    ("np.zeros(n_out, self.W.dtype)", "np.zeros(n_out)", helpers.check_initialisers),

    # fit, evaluate, modes
    ("schedule(step) if schedule", "schedule(step + 1) if schedule", helpers.check_fit),
    ("and step % every == 0", "and step % every == 1", helpers.check_fit),
    ("= evaluate(model, *validation) if due", "= evaluate(model, X, y) if due", helpers.check_fit),
    ("        optimiser.step()\n", "        optimiser.step()\n        optimiser.step()\n",
     helpers.check_fit),
    ("        optimiser.step()\n", "", helpers.check_fit),
    ("layer.training = was", "pass", helpers.check_modes),
    ("layer.training = was", "layer.training = True", helpers.check_modes),
    ("with mode(model, training=False):\n        parts", "with mode(model, True):\n        parts",
     helpers.check_modes),
    ("with mode(model, training=True)", "with mode(model, training=False)", helpers.check_modes),
    ("X[i:i + 1000]", "X[i:i + 999]", helpers.check_predict),
    ("range(0, len(X), 1000)", "range(0, len(X) - 999, 1000)", helpers.check_predict),

    # files
    ("W[...] = saved[name]", "W = saved[name]", helpers.check_save_load),
    ("np.savez(file,", "np.savez(path,", helpers.check_save_load),

    # schedules
    ("factor ** (step // every)", "factor ** (step / every)", helpers.check_schedules),
    ("factor ** (step // every)", "factor * (step // every)", helpers.check_schedules),
    ("max(0.0, 1 - step / steps)", "(1 - step / steps)", helpers.check_schedules),
    ("factor ** (step / steps)", "factor ** step", helpers.check_schedules),
    ("(1 + math.cos(math.pi * min(1, step / steps))) / 2",
     "(1 + math.cos(math.pi * step / steps)) / 2", helpers.check_schedules),
    ("(1 + math.cos(math.pi * min(1, step / steps))) / 2",
     "math.cos(math.pi / 2 * min(1, step / steps))", helpers.check_schedules),
    ("min(1.0, (step + 1) / steps)", "min(1.0, step / steps)", helpers.check_schedules),
    ("min(1.0, (step + 1) / steps)", "(step + 1) / steps", helpers.check_schedules),
]


@pytest.mark.parametrize("check", helpers.CHECKS, ids=lambda check: check.__name__)
def test_the_real_file_passes(check, tmp_path, monkeypatch):
    monkeypatch.setattr(helpers.written, "folder", tmp_path)
    check(core)


@pytest.mark.parametrize("old, new, check", FAULTS, ids=[f"{old.strip()} -> {new.strip()}"
                                                         for old, new, _ in FAULTS])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_fault_is_noticed(old, new, check, tmp_path, monkeypatch):
    monkeypatch.setattr(helpers.written, "folder", tmp_path)
    faulty = mutant(old, new)
    # A wrong number, a shape that no longer fits, an overflow that became an error, a missing file.
    with pytest.raises((AssertionError, ValueError, FloatingPointError, OSError, TypeError)):
        check(faulty)


def test_every_check_is_put_to_the_test():
    assert {check for _, _, check in FAULTS} == set(helpers.CHECKS)


def test_a_fault_whose_text_is_gone_is_reported():
    with pytest.raises(AssertionError, match="stands 0 times"):
        mutant("this is not in the file", "")
