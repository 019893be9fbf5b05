// One example on its way through a network and back: every number of it, under its name in the book
// (chapters 02 to 07).

import { Linear, ReLU, Sigmoid, Tanh, softmax_cross_entropy } from "./core.js";

const ACTIVATION_NAMES = new Map([[ReLU, "ReLU"], [Sigmoid, "sigmoid"], [Tanh, "tanh"]]);

// What a page has to know of a network before it writes about it.
export function shape_of(net) {
  const linears = net.linears(), first = linears[0], last = linears.at(-1);
  const bend = net.layers.find((layer) => !(layer instanceof Linear));
  return {
    first, last,
    hidden: linears.length - 1,
    sizes: [first.n_in, ...linears.map((layer) => layer.n_out)],
    activation: ACTIVATION_NAMES.get(bend?.constructor) ?? "",
    bend,
  };
}

// x (784) forward, then the loss of the label backward; without a label, of the digit that is read.
// z1, a1, da1 and dz1 belong to the first hidden layer (null without one), inputs to the last layer.
export function trace(net, x, label = null) {
  const outs = [];
  let out = x;
  for (const layer of net.layers) outs.push(out = layer.forward(out));
  const logits = out, inputs = net.layers.at(-1).x, largest = Math.max(...logits);
  const shifted = logits.map((z) => z - largest), exps = shifted.map(Math.exp);
  const total = exps.reduce((sum, e) => sum + e, 0), p = exps.map((e) => e / total);
  const read = p.indexOf(Math.max(...p)), y = label ?? read;
  const [loss, dlogits] = softmax_cross_entropy(logits, [y]);
  const hidden = net.layers.length > 1;
  const dlayers = [dlogits];  // the gradient of each layer's output, the first layer's first
  for (let i = net.layers.length - 1; i > 0; i -= 1) dlayers.unshift(net.layers[i].backward(dlayers[0]));
  return {
    x, inputs, logits, largest, shifted, exps, total, p, read, y, loss, dlogits,
    z1: hidden ? outs[0] : null, a1: hidden ? outs[1] : null,
    da1: hidden ? dlayers[1] : null, dz1: hidden ? dlayers[0] : null,
  };
}

// How logit c is made: the five inputs of the last layer that move it most, and the sum of the others.
export function contributions(last, inputs, c, most = 5) {
  const parts = Array.from(inputs, (a, j) => ({ j, a, w: last.W[c * last.n_in + j] }));
  for (const part of parts) part.product = part.w * part.a;
  parts.sort((one, other) => Math.abs(other.product) - Math.abs(one.product));
  const rest = parts.slice(most).reduce((sum, part) => sum + part.product, 0);
  return { strongest: parts.slice(0, most), rest, others: Math.max(parts.length - most, 0), bias: last.b[c] };
}

// The hidden unit that speaks most strongly for an output, through the last layer if that is the next.
export function strongest_unit({ first, last, hidden }, { a1 }, c) {
  if (!hidden) return 0;
  let best = 0;
  const voice = (j) => (hidden === 1 ? last.W[c * last.n_in + j] : 1) * a1[j];
  for (let j = 1; j < first.n_out; j += 1) if (voice(j) > voice(best)) best = j;
  return best;
}

// The pixel that counts most for a unit, either way.
export function strongest_pixel({ first }, { x }, j) {
  let best = 0;
  const size = (k) => Math.abs(first.W[j * first.n_in + k] * x[k]);
  for (let k = 1; k < x.length; k += 1) if (size(k) > size(best)) best = k;
  return best;
}
