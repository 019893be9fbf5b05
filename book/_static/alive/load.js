// Fetches what tools/export_page.py wrote, and hands what the reader made, a network or a drawing, from page to page.
// Whatever goes wrong is thrown as an Error whose message is a sentence for the reader.

import { Linear, ReLU, Sequential, Sigmoid, Tanh } from "./core.js";
import { clipped } from "./prepare.js";

const ACTIVATIONS = { ReLU, Sigmoid, Tanh };
const PIXELS = 784, CLASSES = 10, TRAINING = 2000, HELD_OUT = 500, SAMPLES = 20;
const LARGEST = 1e6;
const KEPT = "back-to-basics: kept network", DRAWING = "book-drawing";  // the names in the browser's store

// ---- files beside this one

async function fetched(name, read) {
  let answer;
  try {
    // A copy of the site that is opened from the disk has no server: it brings the files along.
    answer = await fetch(globalThis.book_files?.[name] ?? new URL(name, import.meta.url));
  } catch {
    throw new Error(`The file ${name} did not arrive: check the connection and reload the page.`);
  }
  if (answer.status === 404) throw new Error(`The file ${name} was not found on the server, which answered 404.`);
  if (!answer.ok) throw new Error(`The server did not send the file ${name}, and answered ${answer.status}.`);
  try {
    return await read(answer);
  } catch {
    throw new Error(`The file ${name} arrived damaged: reload the page to fetch it again.`);
  }
}

const bytes = async (answer) => new Uint8Array(await answer.arrayBuffer());

const unzipped = (answer) => bytes(new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))));

function check_length(name, data, wanted) {
  if (data.length === wanted) return;
  throw new Error(`The file ${name} arrived with ${data.length} bytes instead of ${wanted}: reload the page, please.`);
}

// ---- networks

const is_object = (value) => typeof value === "object" && value !== null;

// Numbers that can be computed with: a network whose weights have grown beyond LARGEST answers with none.
const are_numbers = (list, length) => (Array.isArray(list) || ArrayBuffer.isView(list)) && list.length === length
  && list.every((number) => Number.isFinite(number) && Math.abs(number) <= LARGEST);

// The Sequential with these weights; an Error where they don't make a network that reads digits.
export function make_network({ sizes, activation, W, b }) {
  const fits = Array.isArray(sizes) && sizes.length >= 2 && sizes.every((n) => Number.isInteger(n) && n > 0)
    && sizes[0] === PIXELS && sizes.at(-1) === CLASSES && Object.hasOwn(ACTIVATIONS, activation)
    && Array.isArray(W) && W.length === sizes.length - 1 && b?.length === sizes.length - 1;
  if (!fits) throw new Error("These weights don't belong to a network from 784 pixels to 10 digits.");
  const layers = W.flatMap((numbers, i) => {
    const n_in = sizes[i], n_out = sizes[i + 1];
    if (!are_numbers(numbers, n_in * n_out) || !are_numbers(b[i], n_out)) {
      throw new Error(`Layer ${i} of the network lacks some of its weights, or some are not finite or have grown beyond a `
        + "million.");
    }
    const linear = new Linear(n_in, n_out, null, () => Float64Array.from(numbers));
    linear.b.set(b[i]);
    return [linear, new ACTIVATIONS[activation]()];
  });
  return new Sequential(...layers.slice(0, -1));
}

// What network.json tells; throws where it tells something else.
async function described(answer) {
  const { sizes, scales, b, float32, quantised, recipe } = await answer.json();
  const fits = are_numbers([float32, quantised], 2) && typeof recipe === "string"
    && sizes.slice(1).every((n_out, i) => are_numbers(scales[i], n_out));
  if (!fits) throw new TypeError("network.json");
  return { sizes, scales, b, about: { float32, quantised, recipe } };
}

// {net, about}: the book's own 784-128-10. W[j, k] is a whole number of 8 bits times the scale of row j.
export async function load_network() {
  const [{ sizes, scales, b, about }, data] =
    await Promise.all([fetched("network.json", described), fetched("network.bin", bytes)]);
  check_length("network.bin", data, scales.reduce((sum, { length }, i) => sum + length * sizes[i], 0));
  const whole = new Int8Array(data.buffer);
  let place = 0;
  const W = scales.map((rows, i) => {
    const numbers = new Float64Array(rows.length * sizes[i]);
    for (let w = 0; w < numbers.length; w += 1) numbers[w] = whole[place++] * rows[Math.floor(w / sizes[i])];
    return numbers;
  });
  return { net: make_network({ sizes, activation: "ReLU", W, b }), about };
}

// ---- a network that the reader trained, from one page to the next

export function keep_network(net, about) {
  const linears = net.linears();
  const [, bend] = net.layers;
  const short = (numbers) => Array.from(numbers, (w) => Number(w.toPrecision(6)));  // the store is small
  const kept = {
    sizes: [linears[0].n_in, ...linears.map(({ n_out }) => n_out)],
    activation: Object.keys(ACTIVATIONS).find((name) => bend instanceof ACTIVATIONS[name]) ?? "ReLU",
    W: linears.map(({ W }) => short(W)),
    b: linears.map(({ b }) => short(b)),
    about,
  };
  make_network(kept);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    throw new Error("Your browser didn't keep the network: it allows this page no store, or too small a one.");
  }
}

// {net, about} as kept, or null if none was.
export function kept_network() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    throw new Error("The network that you trained can't be read back: the browser's store is closed or was changed.");
  }
  if (kept === null) return null;
  if (!is_object(kept) || !is_object(kept.about)) {
    throw new Error("The network that you trained can't be read back, since what is stored isn't one.");
  }
  return { net: make_network(kept), about: kept.about };
}

// ---- a drawing, from the welcome page to "Draw a digit"

export function keep_drawing(drawing) {
  try {
    sessionStorage.setItem(DRAWING, JSON.stringify(drawing));
  } catch { /* no store: the other page begins with a digit of its own */ }
}

// As kept, or null where none is that can be drawn.
export function kept_drawing() {
  try {
    const drawing = clipped(JSON.parse(sessionStorage.getItem(DRAWING)));
    return drawing.strokes.length ? drawing : null;
  } catch {
    return null;
  }
}

// ---- digits

// {X_train, y_train, X_val, y_val}: 2,000 digits to learn and 500 held out, their pixels in 16 levels.
export async function load_digits() {
  if (!globalThis.DecompressionStream) {
    throw new Error("This browser can't unpack the digits: it lacks DecompressionStream, which came in 2023.");
  }
  const N = TRAINING + HELD_OUT, step = 1 + PIXELS / 2;
  const data = await fetched("digits.bin", unzipped);
  check_length("digits.bin", data, N * step);
  const X = new Float64Array(N * PIXELS), y = new Uint8Array(N);
  for (let n = 0; n < N; n += 1) {
    y[n] = data[n * step];
    for (let k = 0; k < PIXELS; k += 2) {
      const pair = data[n * step + 1 + k / 2];
      X[n * PIXELS + k] = (pair >> 4) / 15;
      X[n * PIXELS + k + 1] = (pair & 15) / 15;
    }
  }
  return {
    X_train: X.slice(0, TRAINING * PIXELS), y_train: y.slice(0, TRAINING),
    X_val: X.slice(TRAINING * PIXELS), y_val: y.slice(TRAINING),
  };
}

// [{pixels, label}, ...]: two test images of each digit, one easy and one hard.
export async function load_samples() {
  const step = 1 + PIXELS, data = await fetched("samples.bin", bytes);
  check_length("samples.bin", data, SAMPLES * step);
  return Array.from({ length: SAMPLES }, (_, n) => {
    const [label, ...greys] = data.subarray(n * step, (n + 1) * step);
    return { label, pixels: Float64Array.from(greys, (grey) => grey / 255) };
  });
}
