// Arrays on canvases, a pixel a number: ink and signs in the colours of the book's picture, and its tiles.

import { ink, paint_tile, signed } from "./picture.js";

// The means to paint on a canvas, or a sentence that says they are missing.
export function context_of(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives the page no canvas, and the pad and its pictures need one.");
  return context;
}

// Each number as one of 256 colours: middle + value * scale, a share of the way from the first to the last.
function paint(canvas, values, colours, middle, scale) {
  const context = context_of(canvas), image = context.createImageData(canvas.width, canvas.height), { data } = image;
  for (let i = 0; i < values.length; i += 1) {
    const place = 3 * Math.round(255 * Math.min(Math.max(middle + values[i] * scale, 0), 1));
    for (let c = 0; c < 3; c += 1) data[4 * i + c] = colours[place + c];
    data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

// Numbers from 0, paper, to 1, ink; as many as the canvas has pixels.
export const paint_ink = (canvas, values) => paint(canvas, values, ink, 0, 1);

// Numbers of either sign; the largest gets the full colour.
export function paint_signed(canvas, values) {
  const most = values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  paint(canvas, values, signed, 0.5, 0.5 / (most || 1));
}

// The picture of one canvas on another, both of the same size afterwards.
export function copy(canvas, from) {
  const { width, height } = from;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context_of(canvas).drawImage(from, 0, 0);
}

// ---- a tile for each hidden unit: W[j] times x, as bright as the unit is active

const TILE = 24;  // 22 pixels, for the image without its outermost three, and a margin of one

export function sheet(units) {
  const columns = units > 64 ? 16 : units > 16 ? 8 : Math.min(units, 4) || 1;
  return { columns, rows: Math.ceil(units / columns) };
}

const quantile = (values, share) => Float64Array.from(values).sort()[Math.floor(share * (values.length - 1))];

export function paint_tiles(canvas, { W, n_in, n_out }, x, a) {
  const { columns, rows } = sheet(n_out), width = columns * TILE, height = rows * TILE;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = context_of(canvas), image = context.createImageData(width, height);
  const parts = new Float64Array(n_out * n_in), largest = new Float64Array(n_out);
  for (let j = 0; j < n_out; j += 1) {
    for (let k = 0; k < n_in; k += 1) {
      if (x[k] === 0) continue;  // paper: four pixels of five
      const part = W[j * n_in + k] * x[k], size = Math.abs(part);
      parts[j * n_in + k] = part;
      if (size > largest[j]) largest[j] = size;
    }
  }
  const scale = quantile(largest, 0.75) || 1, bright = quantile(a.map(Math.abs), 0.9) || 1;
  for (let j = 0; j < n_out; j += 1) {
    const left = j % columns * TILE + 1, top = Math.floor(j / columns) * TILE + 1;
    const light = 0.3 + 0.7 * Math.min(1, Math.abs(a[j]) / bright);
    paint_tile(image, left, top, parts.subarray(j * n_in, (j + 1) * n_in), scale, light);
  }
  context.putImageData(image, 0, 0);
}
