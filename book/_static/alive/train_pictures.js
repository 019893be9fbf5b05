// Pictures on canvases: digits as ink, weights as orange for and blue against, on night in either colour scheme.

import { COLD, NIGHT, PALE, WARM, channels } from "./picture.js";

const [night, warm, cold, pale] = [NIGHT, WARM, COLD, PALE].map(channels);
const SIDE = 28, GAP = 4;

// The colour at share (-1 to 1) of the way from night: to warm above 0, to cold below.
function put(data, at, share, towards = share > 0 ? warm : cold) {
  const size = Math.min(1, Math.abs(share));
  for (let c = 0; c < 3; c += 1) data[at + c] = night[c] + size * (towards[c] - night[c]);
  data[at + 3] = 255;
}

// The size of number that is painted brightest: three times the root of their mean square.
export function brightest(numbers) {
  const most = numbers.reduce((one, other) => Math.max(one, Math.abs(other)), 0);
  if (most === 0 || !Number.isFinite(most)) return most;
  // In shares of the largest, since the square of a number that has exploded is too large for a computer.
  const sum = numbers.reduce((total, w) => total + (w / most) ** 2, 0);
  return 3 * most * Math.sqrt(sum / numbers.length);
}

// One picture of rows by columns; signed numbers, or ink where `ink`.
export function paint(canvas, numbers, columns, { largest = brightest(numbers), ink = false } = {}) {
  const rows = numbers.length / columns, image = new ImageData(columns, rows);
  for (let i = 0; i < numbers.length; i += 1) {
    if (ink) put(image.data, 4 * i, numbers[i], pale);
    else put(image.data, 4 * i, largest > 0 ? numbers[i] / largest : 0);
  }
  fit(canvas, columns, rows).putImageData(image, 0, 0);
}

function fit(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

// A tile of 28 x 28 for each row of W, in a grid. A bar under a tile is as long as its unit is active;
// a unit that is silent for every image is crossed out.
export function paint_tiles(canvas, W, { columns, a = [], silent = [], largest = brightest(W) }) {
  const count = W.length / SIDE ** 2, rows = Math.ceil(count / columns), cell = SIDE + GAP;
  const image = new ImageData(columns * cell, rows * cell), { data, width } = image;
  for (let i = 0; i < width * rows * cell; i += 1) put(data, 4 * i, 0);
  const most = a.reduce((one, other) => Math.max(one, Math.abs(other)), 0);
  const crossed = new Set(silent);
  for (let j = 0; j < count; j += 1) {
    const corner = Math.floor(j / columns) * cell * width + (j % columns) * cell;
    for (let k = 0; k < SIDE ** 2; k += 1) {
      const at = corner + Math.floor(k / SIDE) * width + (k % SIDE), column = k % SIDE, row = Math.floor(k / SIDE);
      const cross = crossed.has(j) && (column === row || column === SIDE - 1 - row);
      if (cross) put(data, 4 * at, 1, pale);
      else put(data, 4 * at, largest > 0 ? W[j * SIDE ** 2 + k] / largest : 0);
    }
    const bar = most > 0 ? Math.round((SIDE * Math.abs(a[j])) / most) : 0;
    for (let i = 0; i < bar; i += 1) put(data, 4 * (corner + (SIDE + 1) * width + i), 1, a[j] > 0 ? pale : cold);
  }
  fit(canvas, width, rows * cell).putImageData(image, 0, 0);
}

// Columns of a grid of so many tiles that is wider than it is high.
export const columns_for = (count) => Math.min(count, Math.ceil(Math.sqrt(count * 1.6)));
