"""Tests of the tests: mnist_core with one fault in it, which the check of that piece must notice.

Each row: a piece of the file's text, the fault to put in its place, the check. A row whose text no
longer stands in the file exactly once fails with a sentence that says so: write the fault anew.
"""

import core_beyond as beyond
import core_helpers as helpers
import pytest
from core_helpers import mutant

import mnist_core as core

CHECKS = [*helpers.CHECKS, *beyond.CHECKS]
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
    ("self.x = x\n        return x @",
     "self.x = x if self.x is None else self.x\n        return x @", helpers.check_linear),

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
    ("        lr = check_rate(self.lr)\n        for W, dW",
     "        lr = self.first = getattr(self, 'first', self.lr)\n        for W, dW",
     helpers.check_fit),

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
    ("range(1, epochs + 1)", "range(epochs)", helpers.check_fit),
    ("per_epoch = math.ceil(", "per_epoch = math.floor(", helpers.check_fit),
    ("                    optimiser.lr = lr\n", "", helpers.check_fit),
    ("for batch in minibatches(X, y, batch_size, rng):",
     "for batch in [*minibatches(X, y, batch_size, rng)][:len(X) // batch_size]:",
     helpers.check_fit),
    ("    finally:\n        for layer, was", "    except KeyError:\n        raise\n    else:\n"
     "        for layer, was", helpers.check_modes),
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
    ("for n in self.names + self.buffers}", "for n in self.names}", helpers.check_save_load),

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
    ("schedule(step) * min(1.0", "schedule(max(0, step - steps)) * min(1.0",
     helpers.check_schedules),
    ("factor ** (step // every)", "factor ** ((step + 1) // every)", helpers.check_schedules),
    ("max(0.0, 1 - step / steps)", "max(0.0, 1 - (step + 1) / steps)", helpers.check_schedules),
    ("factor ** (step / steps)", "factor ** ((step + 1) / steps)", helpers.check_schedules),

    # Momentum
    ("self.momentum * self.v[i]", "(1 + self.momentum) * self.v[i]", beyond.check_momentum),
    ("self.momentum * self.v[i]", "self.momentum * (self.v[i] + g)", beyond.check_momentum),
    ("self.momentum * self.v[i]", "self.momentum * (self.v[i] - g)", beyond.check_momentum),
    ("self.momentum * self.v[i]", "0 * self.v[i]", beyond.check_momentum),
    ("self.v[i] = self.momentum", "v = self.momentum", beyond.check_momentum),
    ("self.v[i] = self.momentum", "self.v[0] = self.momentum", beyond.check_momentum),
    ("W -= self.lr * self.v[i]", "W += self.lr * self.v[i]", beyond.check_momentum),
    ("W -= self.lr * self.v[i]", "W -= self.lr * g", beyond.check_momentum),
    ("dW + self.l2 * W", "dW - self.l2 * W", beyond.check_momentum),
    ("dW + self.l2 * W", "dW + 2 * self.l2 * W", beyond.check_momentum),
    ("dW + self.l2 * W", "dW + self.lr * self.l2 * W", beyond.check_momentum),
    ("W *= 1 - lr * self.weight_decay", "W *= 1 + lr * self.weight_decay", beyond.check_momentum),
    ("W *= 1 - lr * self.weight_decay", "W *= 1 - self.weight_decay", beyond.check_momentum),
    ("W *= 1 - lr * self.weight_decay", "W = W * (1 - lr * self.weight_decay)",
     beyond.check_momentum),
    ("momentum=0.9, l2=0.0", "momentum=0.99, l2=0.0", beyond.check_momentum),
    ("[np.zeros_like(W) for W, _ in model.parameters()]", "[W for W, _ in model.parameters()]",
     beyond.check_momentum),
    ("[np.zeros_like(W) for W, _ in model.parameters()]",
     "[np.zeros(1)] * len(model.parameters())", beyond.check_momentum),

    # Adam
    ("self.m[i] / (1 - beta1**self.t)", "self.m[i] * (1 - beta1**self.t)", beyond.check_adam),
    ("self.m[i] / (1 - beta1**self.t)", "self.m[i] / (1 - beta1)", beyond.check_adam),
    ("self.m[i] / (1 - beta1**self.t)", "self.m[i]", beyond.check_adam),
    ("self.v[i] / (1 - beta2**self.t)", "self.v[i] / (1 - beta2)", beyond.check_adam),
    ("self.v[i] / (1 - beta2**self.t)", "self.v[i] / (1 - beta1**self.t)", beyond.check_adam),
    ("self.v[i] / (1 - beta2**self.t)", "self.v[i]", beyond.check_adam),
    ("        self.t += 1\n", "        self.t = 1\n", beyond.check_adam),
    ("            self.m[i] = beta1", "            self.t += 1\n            self.m[i] = beta1",
     beyond.check_adam),
    ("(1 - beta2) * g * g", "(1 - beta2) * g", beyond.check_adam),
    ("(1 - beta1) * g\n", "g\n", beyond.check_adam),
    ("self.lr * m_hat / (np", "self.lr * g / (np", beyond.check_adam),
    ("(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat + self.eps)", beyond.check_adam),
    ("(np.sqrt(v_hat) + self.eps)", "(v_hat + self.eps)", beyond.check_adam),
    ("W -= self.lr * m_hat", "W += self.lr * m_hat", beyond.check_adam),
    ("lr, beta1, l2, weight_decay)", "lr, beta1, weight_decay, l2)", beyond.check_adam),
    ("self.pulled(), self.momentum, self.beta2", "self.pulled(), self.beta2, self.momentum",
     beyond.check_adam),
    ("beta1 * self.m[i] + (1 - beta1) * g", "beta2 * self.m[i] + (1 - beta2) * g",
     beyond.check_adam),
    ("self.v.copy()", "self.v", beyond.check_adam),

    # Dropout
    ("keep / x.dtype.type(1 - self.p)", "keep / x.dtype.type(self.p or 1)", beyond.check_dropout),
    ("keep / x.dtype.type(1 - self.p)", "keep.astype(x.dtype)", beyond.check_dropout),
    ("keep / x.dtype.type(1 - self.p)", "keep / (1 - self.p)", beyond.check_dropout),
    ("np.float32) >= self.p", "np.float32) < self.p", beyond.check_dropout),
    ("self.rng.random(x.shape, np.float32)", "self.rng.random(x[0].shape, np.float32)",
     beyond.check_dropout),
    ("self.rng.random(x.shape, np.float32)", "self.rng.random((len(x), 1), np.float32)",
     beyond.check_dropout),
    ("self.rng.random(x.shape, np.float32)",
     "np.random.default_rng(0).random(x.shape, np.float32)", beyond.check_dropout),
    ("return dout * self.scale", "return dout * (self.scale > 0)", beyond.check_dropout),
    ("return dout * self.scale", "return dout", beyond.check_dropout),
    ("if self.training:\n            keep", "if True:\n            keep", beyond.check_dropout),
    ("x.dtype.type(1)\n", "x.dtype.type(1 - self.p)\n", beyond.check_dropout),
    ("keep = self.rng.random(x.shape, np.float32) >= self.p", "keep = self.kept = getattr(self, "
     "'kept', self.rng.random(x.shape, np.float32) >= self.p)", beyond.check_dropout),

    # BatchNorm
    ("unbiased = var * (self.M / (self.M - 1))", "unbiased = var", beyond.check_batch_norm),
    ("self.M = x.size // len(mean)", "self.M = len(x)", beyond.check_batch_norm),
    ("x.mean(self.axes), x.var(self.axes)", "x.mean(0), x.var(0)", beyond.check_batch_norm),
    ("x.mean(self.axes), x.var(self.axes)", "x.mean(self.axes), x.var(self.axes, ddof=1)",
     beyond.check_batch_norm),
    ("x.mean(self.axes), x.var(self.axes)", "x.mean(), x.var()", beyond.check_batch_norm),
    ("np.sqrt(var + self.eps)", "(np.sqrt(var) + self.eps)", beyond.check_batch_norm),
    ("np.sqrt(var + self.eps)", "(var + self.eps)", beyond.check_batch_norm),
    ("self.momentum * (mean - self.mean)", "(1 - self.momentum) * (mean - self.mean)",
     beyond.check_batch_norm),
    ("self.var += self.momentum * (unbiased - self.var)", "self.var += self.momentum * unbiased",
     beyond.check_batch_norm),
    ("mean, var = self.mean, self.var", "mean, var = x.mean(self.axes), x.var(self.axes)",
     beyond.check_batch_norm),
    ("self.x_hat = (x - mean)", "self.x_hat = (x - self.mean)", beyond.check_batch_norm),
    ("shared = (self.dbeta + self.x_hat * self.dgamma) / self.M", "shared = self.dbeta / self.M",
     beyond.check_batch_norm),
    ("shared = (self.dbeta + self.x_hat * self.dgamma) / self.M", "shared = 0",
     beyond.check_batch_norm),
    ("shared = (self.dbeta + self.x_hat * self.dgamma) / self.M",
     "shared = (self.dbeta + self.x_hat * self.dgamma) / len(self.x)", beyond.check_batch_norm),
    ("(dout - shared)", "(dout + shared)", beyond.check_batch_norm),
    ("self.gamma / self.std * (dout", "1 / self.std * (dout", beyond.check_batch_norm),
    ("(dout * self.x_hat).sum(self.axes)", "(dout * self.x_hat).mean(self.axes)",
     beyond.check_batch_norm),
    ("self.dbeta = dout.sum(self.axes)", "self.dbeta = dout.sum(0)", beyond.check_batch_norm),
    ("            self.mean += self.momentum * (mean - self.mean)\n", "",
     beyond.check_batch_norm),
    ("            self.mean += self.momentum * (mean - self.mean)\n",
     "            self.mean = mean\n", beyond.check_batch_norm),
    ("self.var += self.momentum * (unbiased - self.var)", "self.var = unbiased",
     beyond.check_batch_norm),
    ("if self.training:\n            mean, var", "if len(x) > 1:\n            mean, var",
     beyond.check_batch_norm),
    ("self.axes, self.M = tuple(range(x.ndim - 1)), math.inf",
     "self.axes, self.M = tuple(range(x.ndim - 1)), x[..., 0].size", beyond.check_batch_norm),

    # im2col and col2im
    ("- k) // stride + 1\n", "- k + 1) // stride\n", beyond.check_im2col),
    ("rows[:, :, j::stride][:, :, :W_out]", "rows[:, :, j:][:, :, :W_out]", beyond.check_im2col),
    ("axis=0)[::stride]", "axis=0)", beyond.check_im2col),
    ("windows.transpose(0, 3, 1, 2)", "windows.transpose(0, 1, 3, 2)", beyond.check_im2col),
    ("x.transpose(2, 1, 3, 0), [pad, (0, 0), pad", "x.transpose(3, 1, 2, 0), [pad, (0, 0), pad",
     beyond.check_im2col),
    ("[pad, (0, 0), pad, (0, 0)]", "[pad, (0, 0), pad, (0, 0)], mode='edge'", beyond.check_im2col),
    ("rows[i::stride][:H_out] += cols", "rows[i::stride][:H_out] = cols", beyond.check_im2col),
    ("rows[i::stride][:H_out] += cols[:, i]", "rows[i:][:H_out] += cols[:, i]",
     beyond.check_im2col),
    ("[:, :, :W_out] += rows[:, j]", "[:, :, :W_out] = rows[:, j]", beyond.check_im2col),
    ("[:, :, :W_out] += rows[:, j]", "[:, :, :W_out] += rows[:, -1 - j]", beyond.check_im2col),
    ("x[padding:padding + H, :, padding:padding + W]", "x[:H, :, :W]", beyond.check_im2col),
    ("x[padding:padding + H, :, padding:padding + W]",
     "x[padding:padding + stride * (H_out - 1) + k, :, padding:padding + W]",
     beyond.check_im2col),

    # Conv2D
    ("self.W.transpose(0, 2, 3, 1)", "self.W.transpose(0, 3, 2, 1)", beyond.check_conv2d),
    ("self.W.transpose(0, 2, 3, 1)", "self.W", beyond.check_conv2d),
    ("self.W.transpose(0, 2, 3, 1)", "self.W[:, :, ::-1, ::-1].transpose(0, 2, 3, 1)",
     beyond.check_conv2d),
    ("self.rows() @ self.cols + self.b[:, None]", "self.rows() @ self.cols", beyond.check_conv2d),
    ("super().__init__(n_in * k * k, n_out, rng, init)", "super().__init__(n_in, n_out * k * k, "
     "rng, init)\n        self.b = self.b[:n_out]", beyond.check_conv2d),
    ("super().__init__(n_in * k * k, n_out, rng, init)", "super().__init__(n_in * k * k, n_out, "
     "rng, init or xavier_normal)", beyond.check_conv2d),
    ("transpose(0, 2, 1)).sum(axis=0)", "transpose(0, 2, 1)).mean(axis=0)", beyond.check_conv2d),
    ("self.db = dout.sum(axis=(0, 2))", "self.db = dout.mean(axis=(0, 2))", beyond.check_conv2d),
    ("self.db = dout.sum(axis=(0, 2))", "self.db = dout[-1].sum(axis=1)", beyond.check_conv2d),
    ("dW.reshape(k, k, n_in, n_out).transpose(3, 2, 0, 1)",
     "dW.reshape(k, k, n_in, n_out).transpose(3, 2, 1, 0)", beyond.check_conv2d),
    ("self.window = k, stride, padding", "self.window = k, 1, padding", beyond.check_conv2d),
    ("self.window = k, stride, padding", "self.window = k, stride, 0", beyond.check_conv2d),
    ("dout.transpose(2, 1, 3, 0).reshape", "dout.transpose(2, 1, 0, 3).reshape",
     beyond.check_conv2d),
    ("self.dW = dW.reshape(", "self.dW = (0 if self.dW is None else self.dW) + dW.reshape(",
     beyond.check_conv2d),

    # MaxPool2D
    ("            dout = dout - dentry  # what one entry took, no later one gets\n", "",
     beyond.check_max_pool),
    ("zip(self.entries(self.x), self.entries(dx))",
     "zip(self.entries(self.x)[::-1], self.entries(dx)[::-1])", beyond.check_max_pool),
    ("np.multiply(dout, entry == out, out=dentry)", "np.multiply(dout, entry >= 0, out=dentry)",
     beyond.check_max_pool),
    ("self.entries(x), -math.inf)", "self.entries(x), 0)", beyond.check_max_pool),
    ("reduce(np.maximum", "reduce(np.minimum", beyond.check_max_pool),
    ("x[:, :, i:H - H % k:k, j:W - W % k:k]", "x[:, :, i::k, j::k]", beyond.check_max_pool),
    ("x[:, :, i:H - H % k:k, j:W - W % k:k]", "x[:, :, i:H - W % k:k, j:W - H % k:k]",
     beyond.check_max_pool),
    ("for i in range(k) for j in range(k)]", "for j in range(k) for i in range(k)]",
     beyond.check_max_pool),

    # Flatten
    ('np.array(x, order="C")', "np.array(x.transpose(0, 2, 3, 1))", beyond.check_flatten),
    ('np.array(x, order="C").reshape', "x.reshape", beyond.check_flatten),
    ("reshape(len(x), *self.tail)", "reshape(len(x), *self.tail, order='F')",
     beyond.check_flatten),
    ("reshape(len(x), *self.tail)", "reshape(*self.tail, len(x)).T", beyond.check_flatten),
    ("dx[...] = dout.reshape(dx.shape)", "dx[...] = dout.reshape(dx.shape, order='A')[:, ::-1]",
     beyond.check_flatten),
    ("dx[...] = dout.reshape(dx.shape)", "dx = dout.reshape(dx.shape)", beyond.check_flatten),

    # RNN
    ("(dout[:, t] + dh) * (1 - h * h)", "dout[:, t] * (1 - h * h)", beyond.check_rnn),
    ("(dout[:, t] + dh) * (1 - h * h)", "dout[:, t] * (1 - h * h) + dh", beyond.check_rnn),
    ("(dout[:, t] + dh) * (1 - h * h)", "(dout[:, t] + dh) * (1 - h)", beyond.check_rnn),
    ("(dout[:, t] + dh) * (1 - h * h)", "(dout[:, -1] + dh) * (1 - h * h)", beyond.check_rnn),
    ("in reversed(list(enumerate(self.seen)))", "in list(enumerate(self.seen))",
     beyond.check_rnn),
    ("self.dW = self.dW + dz.T @ x_h", "self.dW = dz.T @ x_h", beyond.check_rnn),
    ("self.db = self.db + dz.sum(axis=0)", "self.db = dz.sum(axis=0)", beyond.check_rnn),
    ("dx_h[:, :n_in], dx_h[:, n_in:]", "dx_h[:, -n_in:], dx_h[:, :-n_in]", beyond.check_rnn),
    ("self.dh0 = dh.sum(axis=0)", "self.dh0 = dh.mean(axis=0)", beyond.check_rnn),
    ("self.dh0 = dh.sum(axis=0)", "self.dh0 = 0 * self.h0", beyond.check_rnn),
    ("np.concatenate([x[:, t], h], axis=1)", "np.concatenate([x[:, t], 0 * h], axis=1)",
     beyond.check_rnn),
    ("np.concatenate([x[:, t], h], axis=1)", "np.concatenate([h, x[:, t]], axis=1)",
     beyond.check_rnn),
    ("np.tile(self.h0, (len(x), 1))", "np.zeros((len(x), len(self.h0)))", beyond.check_rnn),
    ("init or xavier_normal)", "init)", beyond.check_rnn),
    ("self.seen, self.tail = x, [], (", "self.seen, self.tail = x, getattr(self, 'seen', []), (",
     beyond.check_rnn),
    ("self.dW, self.db, dh, dx = 0, 0, 0,",
     "self.dW, self.db, dh, dx = 0 if self.dW is None else self.dW, 0, 0,", beyond.check_rnn),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
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
    assert {check for _, _, check in FAULTS} == set(CHECKS)


def test_a_fault_whose_text_is_gone_is_reported():
    with pytest.raises(AssertionError, match="stands 0 times"):
        mutant("this is not in the file", "")
