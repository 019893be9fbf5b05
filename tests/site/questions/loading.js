// What load.js does when asked: {answer}, or {error: its message} where it throws.
async ({ folder, ask, given }) => {
  const [core, load] = await Promise.all([import(`${folder}/core.js`), import(`${folder}/load.js`)]);

  const sums_of_rows = (X) => Array.from({ length: X.length / 784 }, (_, n) =>
    X.subarray(784 * n, 784 * n + 784).reduce((sum, x) => sum + x, 0));

  const told = ({ net, about }) => ({
    about,
    layers: net.layers.map((layer) => layer.constructor.name),
    parameters: net.parameters().map(([parameter]) => Array.from(parameter)),
  });

  const reader = (widths, Activation) => {  // a network from 784 pixels to 10 digits
    const rng = core.default_rng(0), sizes = [784, ...widths, 10];
    const layers = sizes.slice(1).flatMap((n_out, i) => [new core.Linear(sizes[i], n_out, rng), new Activation()]);
    return new core.Sequential(...layers.slice(0, -1));
  };

  const asked = {
    network: async () => told(await load.load_network()),
    digits: async () => {
      const { X_train, y_train, X_val, y_val } = await load.load_digits();
      return {
        sums: [...sums_of_rows(X_train), ...sums_of_rows(X_val)], first: Array.from(X_train.subarray(0, 784)),
        y_train: Array.from(y_train), y_val: Array.from(y_val),
      };
    },
    samples: async () => (await load.load_samples()).map(({ pixels, label }) => ({ label, pixels: Array.from(pixels) })),
    make: () => {  // a network of the given sizes, of zeros that fit
      const zeros = (...shape) => Array(shape.reduce((product, n) => product * Math.floor(n), 1)).fill(0);
      const n_outs = given.slice(1);
      const W = n_outs.map((n_out, i) => zeros(n_out, given[i])), b = n_outs.map((n_out) => zeros(n_out));
      return load.make_network({ sizes: given, activation: "ReLU", W, b }).layers.length;
    },
    round: () => {
      const net = reader(given.widths, core[given.activation]), about = { recipe: "mine", held_out: 90.2 };
      load.keep_network(net, about);
      return { before: told({ net, about }), after: told(load.kept_network()) };
    },
    keep_diverged: () => {
      const net = reader([4], core.ReLU);
      net.layers[0].W[5] = NaN;
      load.keep_network(net, { recipe: "mine" });
    },
    keep: () => load.keep_network(reader([4], core.ReLU), { recipe: "mine" }),
    kept: () => load.kept_network() && "a network",
    store: () => {  // a network is kept first, to learn the name under which it is
      load.keep_network(reader([4], core.ReLU), { recipe: "mine" });
      const name = sessionStorage.key(0), kept = JSON.parse(sessionStorage.getItem(name));
      const text = typeof given === "string" ? given : JSON.stringify({ ...kept, ...given });
      sessionStorage.setItem(name, text);
      return load.kept_network();
    },
    fill: () => {
      for (let length = 2 ** 24; length > 100; length /= 2) {
        try { sessionStorage.setItem(`${length}`, "x".repeat(length)); } catch { /* half of it may fit */ }
      }
    },
    forbid: () => Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no"); } }),
    forget: () => { delete globalThis.DecompressionStream; },
    epochs: async () => {  // seconds of each of three epochs of 784-32-10
      const { X_train, y_train } = await load.load_digits(), net = reader([32], core.ReLU);
      const optimiser = new core.SGD(net, 0.1), rng = core.default_rng(0);
      return [1, 2, 3].map(() => {
        const start = performance.now();
        for (const [X, y] of core.minibatches(X_train, y_train, 32, rng)) {
          const [, dlogits] = core.softmax_cross_entropy(net.forward(X), y);
          net.gradients(dlogits);
          optimiser.step();
        }
        return (performance.now() - start) / 1000;
      });
    },
  };

  try {
    return { answer: await asked[ask]() };
  } catch (error) {
    return { error: error.message };
  }
}
