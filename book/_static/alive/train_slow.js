// The slow motion: one step on one image as a row of phases, each with its formula, a picture and its numbers.

import { make } from "./chart.js";
import { as_read } from "./train_setting.js";
import { brightest, columns_for, paint, paint_tiles } from "./train_pictures.js";

const PAUSE = 5000;  // milliseconds that a phase stays when it goes on by itself
const BENDS = {
  ReLU: ["ReLU(z) = max(0, z)",
    (a) => `${count(a, (one) => one === 0)} of ${a.length} are set to 0, the others stay as they are`],
  tanh: ["tanh(z)", (a) => `All ${a.length} now lie between −1 and 1`],
  sigmoid: ["1 / (1 + exp(−z))", (a) => `All ${a.length} now lie between 0 and 1`],
};
const SLOPES = { ReLU: "[z > 0]", tanh: "(1 − a²)", sigmoid: "a (1 − a)" };

// ---- words

const count = (numbers, holds) => numbers.reduce((sum, one) => sum + (holds(one) ? 1 : 0), 0);
const sub = (i) => "₁₂₃₄"[i];
const minus = (text) => text.replaceAll("-", "−");

// A number with four digits after the point, or in powers of ten where these would all be 0.
function shown(number) {
  if (!Number.isFinite(number)) return "no finite number";
  const small = number !== 0 && Math.abs(number) < 0.0005, large = Math.abs(number) >= 1e5;
  return minus(small || large ? number.toExponential(2) : number.toFixed(4));
}

const place = (numbers, better) => numbers.reduce((best, one, i) => (better(one, numbers[best]) ? i : best), 0);
const largest = (numbers) => place(numbers, (one, other) => one > other);
const smallest = (numbers) => place(numbers, (one, other) => one < other);

// The largest gradient of a layer's weights, either way: its place in the array, its row and its column.
function steepest({ dW, n_in }) {
  const at = place(dW, (one, other) => Math.abs(one) > Math.abs(other));
  return { at, j: Math.floor(at / n_in), k: at % n_in };
}

function span(name, numbers) {
  const high = largest(numbers), low = smallest(numbers);
  return `The largest is ${name}[${high}] = ${shown(numbers[high])}, the smallest ${name}[${low}] = ${shown(numbers[low])}`;
}

// ---- the phases, in their order

const W = (i) => `W${sub(i)}`;
const into = (i) => (i > 0 ? `a${sub(i - 1)}` : "x");  // what goes into layer i

function phases(slow, setting) {
  const { layers, label } = slow, last = layers.length - 1;
  return [
    { title: "The image", formula: "x: 784 numbers from 0 to 1",
      says: `Training image ${slow.image}. Its label says ${label}. `
        + `Ink lies on ${count(slow.x, (one) => one > 0)} of its pixels.`,
      draw: () => [inked(slow.x)] },
    ...layers.flatMap((_, i) => forward(i, slow, setting)),
    { title: "Softmax", formula: "p = softmax(logits)",
      says: `The label has p[${label}] = ${shown(slow.p[label])}. The largest is p[${largest(slow.p)}] = `
        + `${shown(slow.p[largest(slow.p)])}. All ten add up to 1.`,
      draw: () => [bars(slow.p, label)] },
    { title: "The loss", formula: "loss = −ln p[y]",
      says: `loss = −ln p[${label}] = −ln ${shown(slow.p[label])} = ${shown(slow.loss)}. `
        + `A guess among ten would have ${shown(Math.log(10))}.`,
      draw: () => [bars(slow.p, label)] },
    { title: "The gradient of the logits", formula: "dlogits = p − onehot(y)",
      says: `dlogits[${label}] = ${shown(slow.p[label])} − 1 = ${shown(slow.dlogits[label])}: this logit should `
        + "rise, the other nine should fall. All ten add up to 0.",
      draw: () => [bars(slow.dlogits, label)] },
    ...layers.map((_, i) => last - i).flatMap((i) => backward(i, layers, setting)),
    ...layers.map((_, i) => descent(i, layers[i], setting)),
    { title: "The same image again", formula: "loss = −ln p[y], after the step",
      says: `p[${label}] goes from ${shown(slow.p[label])} to ${shown(slow.p_after[label])}, and the loss of this image `
        + `from ${shown(slow.loss)} to ${shown(slow.loss_after)}. `
        + "The run itself has not moved: this step was taken on a copy.",
      draw: () => [bars(slow.p, label, "before"), bars(slow.p_after, label, "after")] },
  ];
}

function forward(i, { layers, label }, setting) {
  const { n_in, n_out, z } = layers[i], last = layers.length - 1, out = i === last ? "logits" : `z${sub(i)}`;
  const sums = {
    title: i === last ? "The logits" : `Hidden layer ${i + 1}: the sums`,
    formula: `${out} = ${W(i)} ${into(i)} + b${sub(i)}`,
    says: `${n_out} sums over ${n_in} products each. ${span(out, z)}.`,
    draw: () => [bars(z, i === last ? label : -1)],
  };
  if (i === last) return [sums];
  const a = layers[i + 1].x, [formula, says] = BENDS[setting.activation];
  return [sums, {
    title: `Hidden layer ${i + 1}: the activation`, formula: `a${sub(i)} = ${formula.replaceAll("z", `z${sub(i)}`)}`,
    says: `${says(a)}. ${span(`a${sub(i)}`, a)}.`, draw: () => [bars(a)],
  }];
}

function backward(i, layers, setting) {
  const { dW, dz, x } = layers[i], { at, j, k } = steepest(layers[i]), last = layers.length - 1;
  const dout = i === last ? "dlogits" : `dz${sub(i)}`;
  const found = [{
    title: i === last ? "The gradient of the last weights" : `The gradient of ${W(i)}`,
    formula: `d${W(i)}[j, k] = ${dout}[j] ${into(i)}[k]`,
    says: `The steepest of ${as_read(dW.length)} is d${W(i)}[${j}, ${k}] = ${shown(dz[j])} · ${shown(x[k])} = `
      + `${shown(dW[at])}.`,
    draw: () => [weights(i, layers[i], dW, `d${W(i)}`)],
  }];
  if (i === 0) return found;
  const slope = SLOPES[setting.activation].replaceAll(/[za]/g, (letter) => letter + sub(i - 1));
  return [...found, {
    title: `Back through ${W(i)} and the activation`,
    formula: `dz${sub(i - 1)} = (${W(i)}ᵀ ${dout}) ⊙ ${slope}`,
    says: `${span(`dz${sub(i - 1)}`, layers[i - 1].dz)}. Where a unit has slope 0, its gradient is 0.`,
    draw: () => [bars(layers[i - 1].dz)],
  }];
}

function descent(i, layer, setting) {
  const { before, after, dW } = layer, { at, j, k } = steepest(layer);
  const name = `${W(i)}[${j}, ${k}]`, pull = setting.L2 ? ` + ${setting.L2} · ${shown(before[at])}` : "";
  const scale = brightest(before) || brightest(after);
  return {
    title: `One step: ${W(i)} before and after`, formula: `${W(i)} ← ${W(i)} − rate (d${W(i)} + L2 ${W(i)})`,
    says: `${name} goes from ${shown(before[at])} to ${shown(before[at])} − `
      + `${setting.rate} · (${shown(dW[at])}${pull}) = ${shown(after[at])}.`,
    draw: () => [weights(i, layer, before, "before", scale), weights(i, layer, after, "after", scale)],
  };
}

// The first layer's rows are images; those of a later one, the rows of a small table.
function weights(i, { n_in, n_out }, numbers, caption, scale = brightest(numbers)) {
  const canvas = document.createElement("canvas");
  if (i === 0) paint_tiles(canvas, numbers, { columns: columns_for(n_out), largest: scale });
  else paint(canvas, numbers, n_in, { largest: scale });
  const note = `${caption}: ${n_out} rows of ${n_in}; full colour from ±${shown(scale)} on`;
  return figure(canvas, note, i === 0 ? "train-slow-tiles" : "train-slow-table");
}

// ---- pictures

function figure(picture, caption, style) {
  const made = document.createElement("figure"), words = document.createElement("figcaption");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", caption);
  words.textContent = caption;
  made.className = style;
  made.append(picture, words);
  return made;
}

function inked(x) {
  const canvas = document.createElement("canvas");
  paint(canvas, x, 28, { ink: true });
  return figure(canvas, "x: the image, as 28 by 28 pixels", "train-slow-image");
}

// A bar for each number, above 0 or below; ten of them are numbered, and the label's is underlined.
function bars(numbers, marked = -1, caption = "") {
  const N = numbers.length, wide = 640, high = 150, room = N === 10 ? 30 : 4;
  const top = Math.max(0, ...numbers), bottom = Math.min(0, ...numbers), scale = (high - 8) / (top - bottom || 1);
  const zero = 4 + top * scale, step = wide / N;
  const svg = make("svg", { viewBox: `0 0 ${wide} ${high + room}` });
  const add = (...node) => svg.append(make(...node));
  numbers.forEach((number, i) => {
    const height = Math.abs(number) * scale, gap = step * 0.12;
    add("rect", { x: i * step + gap, width: step - 2 * gap, y: number > 0 ? zero - height : zero, height,
      class: number > 0 ? "train-for" : "train-against" });
    if (N === 10) add("text", { x: (i + 0.5) * step, y: high + 24, class: i === marked ? "train-marked" : "" }, `${i}`);
  });
  add("line", { x1: 0, x2: wide, y1: zero, y2: zero });
  const about = `${N} bars, from ${shown(Math.min(...numbers))} to ${shown(Math.max(...numbers))}`;
  const label = marked >= 0 ? `; the label is ${marked}` : "";
  return figure(svg, `${caption ? `${caption}: ` : ""}${about}${label}`, "train-slow-bars");
}

// ---- the player

export class SlowMotion {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`#train-slow-${name}`);
    this.find("back").addEventListener("click", () => this.go(this.at - 1));
    this.find("next").addEventListener("click", () => this.go(this.at + 1));
    this.find("play").addEventListener("click", () => this.play(!this.playing));
    this.find("close").addEventListener("click", () => this.close());
  }

  show(slow, setting, opener) {
    Object.assign(this, { phases: phases(slow, setting), opener });
    this.root.hidden = false;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.find("play").hidden = calm;
    this.go(0);
    this.play(!calm);
    this.find("next").focus();
    this.root.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  close() {
    if (this.root.hidden) return;
    this.play(false);
    this.root.hidden = true;
    this.opener.focus();
  }

  // A press goes to a phase and stops the show; only its own clock keeps it going.
  go(at, by_itself = false) {
    if (!by_itself) this.play(false);
    const { title, formula, says, draw } = this.phases[at];
    this.at = at;
    this.find("title").textContent = title;
    this.find("count").textContent = `Phase ${at + 1} of ${this.phases.length}`;
    this.find("formula").textContent = formula;
    this.find("says").textContent = says;
    this.find("picture").replaceChildren(...draw());
    this.find("back").disabled = at === 0;
    this.find("next").disabled = at === this.phases.length - 1;
  }

  play(on) {
    clearInterval(this.clock);
    this.playing = on && this.at < this.phases.length - 1;
    this.find("play").textContent = this.playing ? "Pause" : "Play";
    if (!this.playing) return;
    this.clock = setInterval(() => {
      this.go(this.at + 1, true);
      if (this.at === this.phases.length - 1) this.play(false);
    }, PAUSE);
  }
}
