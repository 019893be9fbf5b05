// Arrays on canvases, a pixel a number: ink and signs in the colours of the book's picture, and its tiles.

import { ink, paint_pixels, sheet_of_tiles, signed } from "./picture.js";

// The means to paint on a canvas, or a sentence that says they are missing.
export function context_of(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives the page no canvas, and the pad and its pictures need one.");
  return context;
}

function paint(canvas, values, ...colouring) {
  const context = context_of(canvas), image = context.createImageData(canvas.width, canvas.height);
  paint_pixels(image, values, ...colouring);
  context.putImageData(image, 0, 0);
}

// Numbers from 0, paper, to 1, ink; as many as the canvas has pixels.
export const paint_ink = (canvas, values) => paint(canvas, values, ink);

// Numbers of either sign; the largest gets the full colour.
export function paint_signed(canvas, values) {
  const most = values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  paint(canvas, values, signed, 0.5, 0.5 / (most || 1));
}

// Setting a size empties a canvas, so that it is set only where it differs.
function fit(canvas, { width, height }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}

// The picture of one canvas on another, both of the same size afterwards.
export function copy(canvas, from) {
  fit(canvas, from);
  context_of(canvas).drawImage(from, 0, 0);
}

// ---- a tile for each hidden unit: W[j] times x, as bright as the unit is active

export function sheet(units) {
  const columns = units > 64 ? 16 : units > 16 ? 8 : Math.min(units, 4) || 1;
  return { columns, rows: Math.ceil(units / columns) };
}

export function paint_tiles(canvas, layer, x, a) {
  const context = context_of(canvas), image = sheet_of_tiles(context, layer, x, a, sheet(layer.n_out).columns);
  fit(canvas, image);
  context.putImageData(image, 0, 0);
}
