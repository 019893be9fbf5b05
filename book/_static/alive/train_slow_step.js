// One step on one image, every number kept: the forward pass, the loss, the way back (chapters 02 to 07), and
// the network after it (09).
// It is taken on a copy, so that the run goes on with the numbers that its address promises.

import { Sequential, SGD, softmax, softmax_cross_entropy } from "./core.js";

// A training and the number of a training image -> all that the slow motion shows.
export function slow_step({ net, X, y, setting }, image) {
  const n = image % y.length, D = X.length / y.length;
  const x = X.slice(n * D, (n + 1) * D), label = y[n];
  const twin = new Sequential(...net.layers.map(copied)), linears = twin.linears();
  const before = linears.map(({ W }) => W.slice());
  const outs = [];
  const logits = twin.layers.reduce((out, layer) => outs[outs.push(layer.forward(out)) - 1], x);
  const [loss, dlogits] = softmax_cross_entropy(logits, [label]);
  const douts = [];  // what each layer is handed, the first layer's first
  twin.layers.reduceRight((dout, layer, i) => {
    douts[i] = dout;
    return i > 0 ? layer.backward(dout) : layer.gradients(dout);
  }, dlogits);
  new SGD(twin, setting.rate, setting.L2).step();
  const logits_after = twin.forward(x);
  return {
    image: n, x, label, logits, p: softmax(logits), loss, dlogits,
    layers: linears.map(({ n_in, n_out, W, dW }, i) => ({
      n_in, n_out, before: before[i], after: W, dW,
      x: i > 0 ? outs[2 * i - 1] : x, z: outs[2 * i], dz: douts[2 * i],
    })),
    p_after: softmax(logits_after), loss_after: softmax_cross_entropy(logits_after, [label])[0],
  };
}

// A layer of the same kind with weights of its own.
function copied(layer) {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(layer)), layer);
  for (const name of ["W", "b", "dW", "db"]) if (layer[name]) copy[name] = layer[name].slice();
  return copy;
}
