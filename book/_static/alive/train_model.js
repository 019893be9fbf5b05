// One training, from its start on: the network of a setting, its steps and its measurements.
// The same setting gives the same numbers, in a worker, in the page and under Node.

import {
  Linear, ReLU, Sequential, SGD, Sigmoid, Tanh, default_rng, he_normal, minibatches, normal, softmax,
  softmax_cross_entropy, xavier_normal, zeros,
} from "./core.js";

const PIXELS = 784, CLASSES = 10;
const MEASURED = 500;  // so many of the training images are measured
const POINTS = 20;  // about so many measurements fall due in a run, beside those at steps 1, 2, 4, 8 and 16
export const ACTIVATIONS = { ReLU, tanh: Tanh, sigmoid: Sigmoid };
const STARTS = {
  He: he_normal, Xavier: xavier_normal, "normal 0.001": normal(0.001), "normal 1": normal(1), zeros,
};

export const sizes_of = ({ depth, width }) => [PIXELS, ...Array(depth).fill(width), CLASSES];

function build(setting, rng) {
  const sizes = sizes_of(setting), start = STARTS[setting.start], Activation = ACTIVATIONS[setting.activation];
  const layers = sizes.slice(1).flatMap((n_out, i) =>
    [new Linear(sizes[i], n_out, rng, start), new Activation()]);
  return new Sequential(...layers.slice(0, -1));  // no activation after the logits
}

// {loss, accuracy, p} of the images in X; p (N, 10).
function evaluate(net, X, y) {
  const logits = net.forward(X), p = softmax(logits, CLASSES);
  const [loss] = softmax_cross_entropy(logits, y);
  let right = 0;
  for (let n = 0; n < y.length; n += 1) right += read(p, n) === y[n];
  return { loss, accuracy: right / y.length, p };
}

// The digit with the largest probability in row n; the first of several.
function read(p, n) {
  let best = 0;
  for (let c = 1; c < CLASSES; c += 1) if (p[n * CLASSES + c] > p[n * CLASSES + best]) best = c;
  return best;
}

export class Training {
  constructor(setting, { X_train, y_train, X_val, y_val }) {
    const { images, batch_size, rate, L2, epochs, seed } = setting;
    // Two streams, so that settings of one seed share their mini-batches, whatever their networks.
    this.net = build(setting, default_rng(2 * seed));
    this.order = default_rng(2 * seed + 1);
    this.sgd = new SGD(this.net, rate, L2);
    Object.assign(this, { setting, X: X_train.subarray(0, images * PIXELS), y: y_train.subarray(0, images) });
    Object.assign(this, { X_val, y_val, steps: 0, diverged: false });
    this.per_epoch = Math.ceil(images / batch_size);
    this.every = Math.ceil(Math.max(MEASURED / batch_size, epochs * this.per_epoch / POINTS));
    this.points = [];
    this.measure();
  }

  get epoch() { return this.steps / this.per_epoch; }

  // One mini-batch. A loss that is no longer finite ends the training, and changes no weight.
  step() {
    if (this.steps % this.per_epoch === 0) {
      this.batches = minibatches(this.X, this.y, this.setting.batch_size, this.order);
    }
    const [X, y] = this.batches.next().value;
    const [loss, dlogits] = softmax_cross_entropy(this.net.forward(X), y);
    if (!Number.isFinite(loss)) {
      this.diverged = true;
      return;
    }
    this.net.gradients(dlogits);
    this.sgd.step();
    this.steps += 1;
    if (this.steps % this.every === 0 || [1, 2, 4, 8, 16].includes(this.steps)) this.measure();
  }

  // Add a point to the curves, unless this step has one.
  measure() {
    if (this.points.at(-1)?.steps === this.steps) return;
    const few = Math.min(MEASURED, this.y.length);
    const training = evaluate(this.net, this.X.subarray(0, few * PIXELS), this.y.subarray(0, few));
    this.silent = this.silent_units();
    this.held_out = evaluate(this.net, this.X_val, this.y_val);
    if (!Number.isFinite(training.loss + this.held_out.loss)) {
      this.diverged = true;
      return;
    }
    this.points.push({
      steps: this.steps, epoch: this.epoch,
      training: { loss: training.loss, accuracy: training.accuracy },
      held_out: { loss: this.held_out.loss, accuracy: this.held_out.accuracy },
    });
  }

  // How many units of the first hidden layer gave 0 for every image of the last forward pass: they pass
  // no gradient on. A ReLU alone can do so.
  silent_units() {
    const [{ n_out }, bend] = this.net.layers;
    if (!(bend instanceof ReLU)) return [];
    const fired = new Uint8Array(n_out);
    bend.out.forEach((a, i) => { if (a > 0) fired[i % n_out] = 1; });
    return [...fired.keys()].filter((j) => !fired[j]);
  }

  // The held-out images that were read wrong at the last measurement, the surest first.
  mistakes(most) {
    const { p } = this.held_out, found = [];
    this.y_val.forEach((label, image) => {
      const digit = read(p, image);
      if (digit !== label) found.push({ image, label, digit, sure: p[image * CLASSES + digit] });
    });
    return found.sort((one, other) => other.sure - one.sure || one.image - other.image).slice(0, most);
  }

  // What the network makes of one held-out image: a of the first hidden layer (if there is one), and p.
  look(image) {
    const logits = this.net.forward(this.X_val.subarray(image * PIXELS, (image + 1) * PIXELS));
    return { a: Float32Array.from(this.net.layers[1]?.out ?? []), p: softmax(logits, CLASSES) };
  }
}
