// A drawing becomes an image as MNIST's own became theirs (chapter 13; LeCun et al. 1998): its ink is
// scaled into a box of 20 x 20 pixels, its shape kept; the averaging of that step gives the greys; and
// the box is placed in a field of 28 x 28 so that its centre of mass comes to the middle.
//
// A drawing is {strokes: [[[x, y], ...], ...], pen}: x to the right, y down, and the width of the pen,
// all as shares of the pad. Ink is 1 and paper 0, on any screen and in any colours: no canvas is asked.

import { require } from "./core.js";

export const PEN = 0.075;    // a digit 60 to 80 % as high as the pad gets about as much ink as MNIST's
const SIZE = 280;            // the raster's side: ten pixels for each of the 28
const BOX = 20, FIELD = 28;
const MIDDLE = 14;           // the pixel at which MNIST's centres of mass lie, of 0 to 27
const FAINT = 0.01;          // less ink than this counts as paper

// The drawing with every point moved onto the pad, and without empty strokes.
export function clipped({ strokes, pen = PEN }) {
  require(Number.isFinite(pen) && pen > 0 && pen <= 1, "pen", pen, "a share of the pad, above 0, at most 1");
  require(Array.isArray(strokes) && strokes.every(Array.isArray), "strokes", strokes, "a list of lists of points");
  const clip = (share) => Math.min(Math.max(share, 0), 1);
  const clip_point = (point) => {
    require(Array.isArray(point) && point.length === 2 && point.every(Number.isFinite), "point", point, "[x, y]");
    return point.map(clip);
  };
  return { strokes: strokes.filter((stroke) => stroke.length).map((stroke) => stroke.map(clip_point)), pen };
}

// ink[i, j] (size, size): 1 within the line, 0 outside it, and between them across one pixel of its edge.
export function rasterise(drawing, size = SIZE) {
  const { strokes, pen } = clipped(drawing), ink = new Float64Array(size * size);
  // A line thinner than this could slip through between the centres of the pixels.
  const radius = Math.max(pen * size / 2, 0.75);
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [x * size, y * size]);
    points.forEach((point, n) => ink_segment(ink, size, radius, points[Math.max(n - 1, 0)], point));
  }
  return ink;
}

// One straight piece of a stroke, from (ax, ay) to (bx, by), its ends round: a dot where they are equal.
function ink_segment(ink, size, radius, [ax, ay], [bx, by]) {
  const dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy, reach = radius + 1;
  const from = (a, b) => Math.max(Math.floor(Math.min(a, b) - reach), 0);
  const to = (a, b) => Math.min(Math.ceil(Math.max(a, b) + reach), size);
  const left = from(ax, bx), right = to(ax, bx), bottom = to(ay, by);
  for (let i = from(ay, by); i < bottom; i += 1) {
    for (let j = left; j < right; j += 1) {
      if (ink[i * size + j] === 1) continue;  // from the piece before, mostly
      const x = j + 0.5 - ax, y = i + 0.5 - ay;  // from a to the centre of the pixel
      const t = length2 && Math.min(Math.max((x * dx + y * dy) / length2, 0), 1);  // the nearest point: a + t (b - a)
      const u = x - t * dx, v = y - t * dy, edge = radius + 0.5 - Math.sqrt(u * u + v * v);
      if (edge > ink[i * size + j]) ink[i * size + j] = Math.min(edge, 1);
    }
  }
}

// The smallest rectangle that holds all ink, {left, top, width, height} in pixels; null on empty paper.
function bounding_box(ink, size) {
  let left = size, right = -1, top = size, bottom = -1;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      if (ink[i * size + j] < FAINT) continue;
      left = Math.min(left, j);
      right = Math.max(right, j);
      top = Math.min(top, i);
      bottom = i;
    }
  }
  return bottom < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

// Pixel [i, j] of the result (rows, columns) is the mean ink of a square of the given side, the first of
// which has its corner at (left, top). Neither needs to be a whole number; beyond the raster is paper.
function averaged(ink, size, left, top, side, columns, rows) {
  const overlaps = (start) => {  // [first pixel, [share of each pixel within start to start + side, ...]]
    const first = Math.max(Math.floor(start), 0), end = Math.min(start + side, size), shares = [];
    for (let k = first; k < end; k += 1) shares.push(Math.min(k + 1, end) - Math.max(k, start));
    return [first, shares];
  };
  const across = Array.from({ length: columns }, (_, j) => overlaps(left + j * side));
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    const [y, down] = overlaps(top + i * side);
    across.forEach(([x, shares], j) => {
      let sum = 0;
      down.forEach((high, k) => {
        for (let l = 0, at = (y + k) * size + x; l < shares.length; l += 1) sum += high * shares[l] * ink[at + l];
      });
      out[i * columns + j] = sum / (side * side);
    });
  }
  return out;
}

// The ink within its box, scaled so that the longer side is 20 pixels: as many columns and rows as it needs.
function scaled_into_box(ink, size, { left, top, width, height }) {
  const side = Math.max(width, height) / BOX;  // of the square that becomes one pixel
  const columns = Math.ceil(BOX * width / Math.max(width, height));
  const rows = Math.ceil(BOX * height / Math.max(width, height));
  const x = left + (width - columns * side) / 2, y = top + (height - rows * side) / 2;
  return { scaled: averaged(ink, size, x, y, side, columns, rows), scaled_width: columns, scaled_height: rows };
}

// Where the scaled picture's corner comes to lie in the field: the whole pixels that bring the centre of mass
// nearest to the middle. A picture heavy at one end stops at the edge of the field, so that no ink is lost.
function placed(scaled, columns, rows) {
  let mass = 0, x = 0, y = 0;
  scaled.forEach((ink, at) => {
    mass += ink;
    x += ink * (at % columns);
    y += ink * Math.floor(at / columns);
  });
  const whole = (centre, length) => {
    const near = Math.floor(MIDDLE - centre / mass + 0.5 - 1e-6);  // half-way goes left and up, whatever the rounding
    return Math.min(Math.max(near, 0), FIELD - length);
  };
  return { left: whole(x, columns), top: whole(y, rows) };
}

// All steps from a raster (size, size) to x (784), each as the page shows it.
export function prepare_image(ink, size = Math.sqrt(ink.length)) {
  require(Number.isInteger(size) && ink.length === size * size, "raster", `${ink.length} pixels`, "a square of them");
  const plain = averaged(ink, size, 0, 0, size / FIELD, FIELD, FIELD), x = new Float64Array(FIELD * FIELD);
  const box = bounding_box(ink, size), start = { raster: ink, size, box, x, plain };
  if (!box) return { ...start, scaled: new Float64Array(0), scaled_width: 0, scaled_height: 0, shift: null };
  const { scaled, scaled_width, scaled_height } = scaled_into_box(ink, size, box);
  const shift = placed(scaled, scaled_width, scaled_height);
  for (let i = 0; i < scaled_height; i += 1) {
    const row = scaled.subarray(i * scaled_width, (i + 1) * scaled_width);
    x.set(row, (shift.top + i) * FIELD + shift.left);
  }
  return { ...start, scaled, scaled_width, scaled_height, shift };
}

export const prepare = (drawing) => prepare_image(rasterise(drawing));
