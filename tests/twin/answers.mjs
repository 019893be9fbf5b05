// What the page's twin of mnist_core.py computes on given cases. Runs in Node and in the browser.

// An entry for each case: one pass with all its intermediates and, where the case has `orders`, a training.
export async function answers(cases, folder) {
  const core = await import(`${folder}/core.js`);
  return Promise.all(cases.map(async (one) => {
    const net = one.W ? network(core, one) : await loaded(folder);
    return { ...pass(core, net, one), ...(one.orders ? training(core, net, one) : {}) };
  }));
}

async function loaded(folder) {
  const { load_network } = await import(`${folder}/load.js`);
  return (await load_network()).net;
}

function network(core, { sizes, activation, W, b }) {
  const layers = W.flatMap((numbers, i) => {
    const linear = new core.Linear(sizes[i], sizes[i + 1], null, () => Float64Array.from(numbers));
    linear.b.set(b[i]);
    return [linear, new core[activation]()];
  });
  return new core.Sequential(...layers.slice(0, -1));
}

const copies = (arrays) => arrays.map((array) => array.slice());
const gradients_of = (net) => copies(net.parameters().map(([, gradient]) => gradient));

function pass(core, net, { x, y }) {
  const given = Float64Array.from(x), outs = [], douts = [];
  net.layers.reduce((out, layer) => outs[outs.push(layer.forward(out)) - 1], given);
  const logits = outs.at(-1), [loss, dlogits] = core.softmax_cross_entropy(logits, y);
  net.layers.reduceRight((dout, layer) => douts[douts.push(layer.backward(dout)) - 1], dlogits);
  const gradients = gradients_of(net);
  const whole = [net.forward(given), net.backward(dlogits)];
  net.gradients(dlogits);
  const seen = copies([given, ...outs, dlogits, ...douts]);
  return { outs: copies(outs), p: core.softmax(logits, logits.length / y.length), loss, dlogits, douts, gradients,
    whole, alone: gradients_of(net), x: seen[0] };
}

function training(core, net, { x, y, orders, batch_size, lr, l2 }) {
  const optimiser = new core.SGD(net, lr, l2), losses = [];
  for (const order of orders) {
    const rng = { permutation: () => Uint32Array.from(order) };
    for (const [Xb, yb] of core.minibatches(Float64Array.from(x), y, batch_size, rng)) {
      const [loss, dlogits] = core.softmax_cross_entropy(net.forward(Xb), yb);
      net.gradients(dlogits);
      optimiser.step();
      losses.push(loss);
    }
  }
  return { losses, after: copies(net.parameters().map(([parameter]) => parameter)) };
}

// ---- what needs no network

export async function draws(folder, seed) {
  const core = await import(`${folder}/core.js`);
  const rng = core.default_rng(seed), shape = [100, 50];
  const X = Float64Array.from({ length: 20 }, (_, i) => i), y = Uint8Array.from({ length: 10 }, (_, n) => n);
  return {
    uniform: Array.from({ length: 5000 }, rng.uniform),
    normal: Array.from({ length: 5000 }, rng.normal),
    permutation: rng.permutation(50),
    permutations: Array.from({ length: 1000 }, () => rng.permutation(5)),
    zeros: core.zeros(shape, rng),
    small: core.normal(0.01)(shape, rng),
    xavier: core.xavier_normal(shape, rng),
    he: core.he_normal(shape, rng),
    batches: [...core.minibatches(X, y, 4, rng)],
  };
}

// {what was tried: [the error's name, its message], or null where nothing was refused}
export async function refusals(folder) {
  const core = await import(`${folder}/core.js`);
  const rng = core.default_rng(0), X = new Float64Array(6), y = new Uint8Array(3);
  const layer = () => new core.Linear(2, 3, rng);
  const seen = layer();
  seen.forward(X);
  const tried = {
    "softmax of nothing": () => core.softmax(new Float64Array(0)),
    "softmax of nothing in rows of 10": () => core.softmax(new Float64Array(0), 10),
    "softmax of 6 numbers in rows of 4": () => core.softmax(X, 4),
    "a loss of no rows": () => core.softmax_cross_entropy(new Float64Array(0), []),
    "a loss of 6 logits for 4 labels": () => core.softmax_cross_entropy(X, [0, 0, 0, 0]),
    "a label of 2 where there are 2 classes": () => core.softmax_cross_entropy(X, [0, 1, 2]),
    "a label of -1": () => core.softmax_cross_entropy(X, [0, 1, -1]),
    "a label of half": () => core.softmax_cross_entropy(X, [0, 1, 0.5]),
    "forward of no rows": () => layer().forward(new Float64Array(0)),
    "forward of 5 numbers in rows of 2": () => layer().forward(new Float64Array(5)),
    "backward of a dout too long": () => seen.backward(new Float64Array(10)),
    "gradients of a dout too short": () => seen.gradients(new Float64Array(8)),
    "a start with weights missing": () => new core.Linear(2, 3, rng, () => new Float64Array(5)),
    "a rate of nan": () => new core.SGD(seen, NaN),
    "a rate below 0": () => new core.SGD(seen, -1),
    "an infinite rate": () => new core.SGD(seen, Infinity),
    "an l2 of nan": () => new core.SGD(seen, 1, NaN),
    "an l2 below 0": () => new core.SGD(seen, 1, -1),
    "a rate that becomes nan": () => Object.assign(new core.SGD(seen, 1), { lr: NaN }).step(),
    "batches of 0": () => [...core.minibatches(X, y, 0, rng)],
    "batches of a half": () => [...core.minibatches(X, y, 0.5, rng)],
    "batches of no rows": () => [...core.minibatches(new Float64Array(0), [], 1, rng)],
    "batches of 6 numbers for 4 labels": () => [...core.minibatches(X, [0, 0, 0, 0], 1, rng)],
    "a seed of -1": () => core.default_rng(-1),
    "a seed of a half": () => core.default_rng(0.5),
    "a seed of nan": () => core.default_rng(NaN),
  };
  return Object.fromEntries(Object.entries(tried).map(([name, run]) => {
    try {
      run();
    } catch (error) {
      return [name, [error.name, error.message]];
    }
    return [name, null];
  }));
}

// Arrays of any kind become lists; a number that isn't finite becomes null.
export const as_json = (value) =>
  JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part) : part));
