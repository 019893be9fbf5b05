// The twin of mnist_core.py: the same names, the same formulas, and, to 1e-5, the same numbers.
//
// An array is a Float64Array, its rows one after the other: x (N, D) holds x[n, d] at n * D + d.
// A layer has forward(x) -> out and backward(dout) -> dx, and changes neither x nor dout.
// Randomness is passed in: rng = default_rng(seed).

export function require(fits, who, given, wanted) {
  if (!fits) throw new RangeError(`${who}: given ${given}, wanted ${wanted}`);
}

// ---- 04 softmax: p[c] = exp(logits[c]) / Σ_k exp(logits[k]), the largest logit subtracted first

export function softmax(logits, C = logits.length) {
  require(logits.length > 0 && logits.length % C === 0, "softmax", `${logits.length} logits`, `rows of ${C}`);
  const p = new Float64Array(logits.length);
  for (let i = 0; i < p.length; i += C) {
    let largest = -Infinity, total = 0;
    for (let c = 0; c < C; c += 1) largest = Math.max(largest, logits[i + c]);
    for (let c = 0; c < C; c += 1) total += p[i + c] = Math.exp(logits[i + c] - largest);
    for (let c = 0; c < C; c += 1) p[i + c] /= total;
  }
  return p;
}

// ---- 05 cross-entropy: loss = -(1/N) Σ_n ln p[n, y[n]];  dlogits = (p - onehot(y)) / N

export function softmax_cross_entropy(logits, y) {
  const N = y.length, C = logits.length / N;
  require(Number.isInteger(C), "logits", `${logits.length} for ${N} labels`, "N rows of C");
  const dlogits = softmax(logits, C);
  let loss = 0;
  for (let n = 0; n < N; n += 1) {
    require(Number.isInteger(y[n]) && 0 <= y[n] && y[n] < C, "label", y[n], `0 to ${C - 1}`);
    // -ln p of the label, from the logits: p itself may have come out as 0.
    const row = logits.subarray(n * C, n * C + C), largest = Math.max(...row);
    loss += Math.log(row.reduce((total, z) => total + Math.exp(z - largest), 0)) + largest - row[y[n]];
    dlogits[n * C + y[n]] -= 1;
  }
  return [loss / N, dlogits.map((d) => d / N)];
}

// ---- layers: 02 the linear layer, 03 ReLU, 11 the whole network; their backward passes 07

// out = x Wᵀ + b;  dW = doutᵀ x,  db = Σ_n dout[n],  dx = dout W.  W (n_out, n_in)
export class Linear {
  constructor(n_in, n_out, rng, init = he_normal) {
    Object.assign(this, { n_in, n_out, W: init([n_out, n_in], rng), b: new Float64Array(n_out) });
    require(this.W.length === n_out * n_in, "init", `${this.W.length} weights`, `(${n_out}, ${n_in})`);
    Object.assign(this, { dW: new Float64Array(n_out * n_in), db: new Float64Array(n_out) });
  }

  forward(x) {
    const { n_in, n_out, W, b } = this, N = x.length / n_in;
    require(N >= 1 && Number.isInteger(N), "Linear", `${x.length} numbers`, `rows of ${n_in}`);
    const out = new Float64Array(N * n_out);
    for (let n = 0; n < N; n += 1) {
      for (let j = 0; j < n_out; j += 1) {
        let z = b[j];
        for (let k = 0, w = j * n_in, i = n * n_in; k < n_in; k += 1) z += W[w + k] * x[i + k];
        out[n * n_out + j] = z;
      }
    }
    this.x = x;
    return out;
  }

  gradients(dout) {  // dW and db alone, where dx is not needed
    const { n_in, n_out, dW, db, x } = this, N = x.length / n_in;
    require(dout.length === N * n_out, "Linear", `${dout.length} numbers`, `dout (${N}, ${n_out})`);
    dW.fill(0);
    db.fill(0);
    for (let n = 0; n < N; n += 1) {
      for (let j = 0; j < n_out; j += 1) {
        const d = dout[n * n_out + j];
        db[j] += d;
        if (d === 0) continue;  // half of the units, after a ReLU
        for (let k = 0, w = j * n_in, i = n * n_in; k < n_in; k += 1) dW[w + k] += d * x[i + k];
      }
    }
  }

  backward(dout) {
    this.gradients(dout);
    const { n_in, n_out, W } = this, N = dout.length / n_out, dx = new Float64Array(N * n_in);
    for (let n = 0; n < N; n += 1) {
      for (let j = 0; j < n_out; j += 1) {
        const d = dout[n * n_out + j];
        for (let k = 0, w = j * n_in, i = n * n_in; k < n_in; k += 1) dx[i + k] += d * W[w + k];
      }
    }
    return dx;
  }
}

// An activation, entry by entry: out = f(x);  dx = dout · slope(out), the slope told from out.
class Activation {
  forward(x) { return this.out = x.map((z) => this.f(z)); }
  backward(dout) { return dout.map((d, i) => d * this.slope(this.out[i])); }
}

// ReLU: out = max(x, 0);  dx = dout where x > 0, which is where out > 0, else 0
export class ReLU extends Activation {
  f(x) { return Math.max(x, 0); }
  slope(out) { return out > 0 ? 1 : 0; }
}

// Forward, a layer's out is the next one's x; backward, in reverse
export class Sequential {
  constructor(...layers) { this.layers = layers; }

  forward(x) { return this.layers.reduce((out, layer) => layer.forward(out), x); }

  backward(dout) { return this.layers.reduceRight((d, layer) => layer.backward(d), dout); }

  gradients(dout) {  // the first layer's dx is the gradient of the pixels: training needs none
    const [first, ...others] = this.layers;
    first.gradients(others.reduceRight((d, layer) => layer.backward(d), dout));
  }

  linears() { return this.layers.filter((layer) => layer instanceof Linear); }

  parameters() { return this.linears().flatMap(({ W, dW, b, db }) => [[W, dW], [b, db]]); }
}

// ---- 15 activations compared

// out = 1 / (1 + exp(-x));  dx = dout · out (1 - out)
export class Sigmoid extends Activation {
  f(x) { return 1 / (1 + Math.exp(-x)); }
  slope(out) { return out * (1 - out); }
}

// out = tanh(x);  dx = dout (1 - out²)
export class Tanh extends Activation {
  f(x) { return Math.tanh(x); }
  slope(out) { return 1 - out * out; }
}

// ---- 09 descent and mini-batches

// W ← W - lr (dW + l2 W) for every parameter: descent on the loss plus l2/2 |W|²  (chapters 09, 20)
export class SGD {
  constructor(model, lr, l2 = 0) {
    Object.assign(this, { model, lr, l2 });
    this.check();
  }

  check() {  // at each step again, since lr may be changed at any time
    const { lr, l2 } = this;
    require(lr >= 0 && lr < Infinity, "rate", lr, "a finite number, 0 or above");
    require(l2 >= 0 && l2 < Infinity, "l2", l2, "a finite number, 0 or above");
  }

  step() {
    this.check();
    for (const [W, dW] of this.model.parameters()) {
      for (let i = 0; i < W.length; i += 1) W[i] -= this.lr * (dW[i] + this.l2 * W[i]);
    }
  }
}

// One shuffled pass over X (N, D) and y (N,): yields [Xb, yb]; the last batch may be short.
export function* minibatches(X, y, batch_size, rng) {
  const order = rng.permutation(y.length), D = X.length / y.length;
  require(Number.isInteger(D), "minibatches", `${X.length} numbers for ${y.length} labels`, "a row a label");
  require(Number.isInteger(batch_size) && batch_size > 0, "batch_size", batch_size, "1, 2, 3, ...");
  for (let start = 0; start < y.length; start += batch_size) {
    const rows = order.subarray(start, start + batch_size), Xb = new Float64Array(rows.length * D);
    rows.forEach((n, i) => Xb.set(X.subarray(n * D, n * D + D), i * D));
    yield [Xb, Uint8Array.from(rows, (n) => y[n])];
  }
}

// ---- 10 where to start: an initialiser is init([n_out, n_in], rng) -> W

export const zeros = ([n_out, n_in]) => new Float64Array(n_out * n_in);
export const normal = (std) => ([n_out, n_in], rng) =>
  Float64Array.from({ length: n_out * n_in }, () => std * rng.normal());
export const xavier_normal = ([n_out, n_in], rng) => normal(Math.sqrt(2 / (n_in + n_out)))([n_out, n_in], rng);
export const he_normal = ([n_out, n_in], rng) => normal(Math.sqrt(2 / n_in))([n_out, n_in], rng);

// The same seed gives the same draws. These are not NumPy's: a start is the book's only where its
// weights are loaded. Source: mulberry32, T. Ettinger 2017; normal numbers by Box and Muller (1958).
export function default_rng(seed) {
  require(Number.isInteger(seed) && seed >= 0, "seed", seed, "0, 1, 2, ...");
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const permutation = (N) => {
    const order = Uint32Array.from({ length: N }, (_, n) => n);
    for (let n = N - 1; n > 0; n -= 1) {
      const m = Math.floor(uniform() * (n + 1));
      [order[n], order[m]] = [order[m], order[n]];
    }
    return order;
  };
  return { uniform, normal, permutation };
}
