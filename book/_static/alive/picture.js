// Paints a digit on its way through a network 784-H-10: the live form of book/welcome_picture.py.
//
// First the image; then a tile for each hidden unit: the image times the unit's weights, pixel by pixel,
// orange where that counts for the unit and blue where it counts against, and as bright as the unit is
// active; last the ten probabilities. A thread is as strong as what it bears.

import { softmax } from "./core.js";

export const NIGHT = "#0e1a2e", WARM = "#ffb84d", COLD = "#57b6ff", PALE = "#d7e0ee";
const DIM = "#93a4bd", PAPER = "#1a2a45", FAINTEST = 0.035;  // a thread fainter than this cannot be seen
const SIDE = 28, MARGIN = 3, CELL = SIDE - 2 * MARGIN + 2;  // a tile leaves its margin out; two pixels between tiles
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

// ---- colours

export const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// 256 steps through the colours, three numbers a step.
function ramp(colours) {
  const stops = colours.map(channels), last = stops.length - 1;
  return Uint8Array.from({ length: 3 * 256 }, (_, i) => {
    const place = Math.floor(i / 3) / 255 * last, at = Math.min(Math.floor(place), last - 1);
    const [from, to] = [stops[at][i % 3], stops[at + 1][i % 3]];
    return Math.round(from + (place - at) * (to - from));
  });
}

export const ink = ramp([PAPER, "#8a5a2b", WARM, "#fff4dd"]);                        // from 0 to 1
export const signed = ramp(["#bfe3ff", COLD, "#15243f", WARM, "#fff0d0"]);           // from -1 to 1
const night = channels(NIGHT);

// What a share is called: that of a softmax is never quite 0 nor 1, and after a divergence it is no number.
export function percent(p) {
  if (Number.isNaN(p)) return "–";
  if (p < 0.005) return "<1 %";
  return p > 0.995 ? ">99 %" : `${Math.round(100 * p)} %`;
}

// The value below which the share q of the numbers lies, as np.quantile has it.
function quantile(numbers, q) {
  const sorted = Float64Array.from(numbers).sort(), place = q * (sorted.length - 1), at = Math.floor(place);
  return sorted[at] + (place - at) * ((sorted[at + 1] ?? sorted[at]) - sorted[at]);
}

// ---- pixels

// Each number as a pixel in one of 256 colours: middle + value * scale, a share of the way from the first to the last.
export function paint_pixels({ data }, values, colours, middle = 0, scale = 1) {
  for (let i = 0; i < values.length; i += 1) {
    const place = 3 * Math.round(255 * Math.min(Math.max(middle + values[i] * scale, 0), 1));
    for (let c = 0; c < 3; c += 1) data[4 * i + c] = colours[place + c];
    data[4 * i + 3] = 255;
  }
}

// A unit's parts W[j] * x (784), without their margin, into an image at (left, top): 22 x 22 pixels.
// A part of the size `scale` has the full colour; light, from 0 to 1, fades the tile into the night.
function paint_tile(image, left, top, parts, scale, light) {
  const { data, width } = image, span = SIDE - 2 * MARGIN, [red, green, blue] = night.map((n) => (1 - light) * n);
  for (let i = 0; i < span; i += 1) {
    for (let j = 0, at = 4 * ((top + i) * width + left); j < span; j += 1, at += 4) {
      const share = parts[(i + MARGIN) * SIDE + j + MARGIN] / scale;
      const colour = 3 * Math.round(127.5 + 127.5 * Math.min(Math.max(share, -1), 1));
      data[at] = red + light * signed[colour];
      data[at + 1] = green + light * signed[colour + 1];
      data[at + 2] = blue + light * signed[colour + 2];
      data[at + 3] = 255;
    }
  }
}

// All tiles of the first layer as one image, `columns` side by side; a tanh may be active below 0 too.
export function sheet_of_tiles(pen, { W, n_out, n_in }, x, a, columns) {
  const image = pen.createImageData(columns * CELL, Math.ceil(n_out / columns) * CELL);
  const inked = [...x.keys()].filter((k) => x[k] > 0), largest = new Float64Array(n_out);
  for (let j = 0; j < n_out; j += 1) {
    for (const k of inked) largest[j] = Math.max(largest[j], Math.abs(W[j * n_in + k] * x[k]));
  }
  const scale = quantile(largest, 0.75) || 1, activity = a.map(Math.abs);
  const bright = quantile(activity, 0.9) || Math.max(...activity) || 1;
  const parts = new Float64Array(n_in);  // of one unit after the other
  for (let j = 0; j < n_out; j += 1) {
    for (const k of inked) parts[k] = W[j * n_in + k] * x[k];
    const left = 1 + j % columns * CELL, top = 1 + Math.floor(j / columns) * CELL;
    paint_tile(image, left, top, parts, scale, 0.3 + 0.7 * Math.min(1, activity[j] / bright));
  }
  return image;
}

const scratch = document.createElement("canvas");

// Lays an image out over a rectangle; where it grows, its pixels stay sharp.
function spread(pen, image, left, top, width, height) {
  Object.assign(scratch, { width: image.width, height: image.height });
  scratch.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = width * pen.getTransform().a < 2 * image.width;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(scratch, left, top, width, height);
}

// ---- threads

// A curve from each start to its end, straight along and eased across: its colour is a sign, its weight a size.
function draw_threads(pen, starts, ends, strengths, along) {
  const order = [...strengths.keys()].filter((i) => Math.abs(strengths[i]) > FAINTEST)
    .sort((i, k) => Math.abs(strengths[i]) - Math.abs(strengths[k]));  // the strongest on top
  pen.lineWidth = 1;
  for (const i of order) {
    const [x, y] = starts[i], [to_x, to_y] = ends[i], third = ((along ? to_y - y : to_x - x)) / 3;
    pen.strokeStyle = strengths[i] > 0 ? WARM : COLD;
    pen.globalAlpha = Math.min(1, Math.abs(strengths[i]));
    pen.beginPath();
    pen.moveTo(x, y);
    if (along) pen.bezierCurveTo(x, y + third, to_x, to_y - third, to_x, to_y);
    else pen.bezierCurveTo(x + third, y, to_x - third, to_y, to_x, to_y);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

// Where the threads of each unit leave the image, enter the sheet of tiles, and leave it.
function thread_ends(units, { along, pixels, sheet }) {
  const rows = Math.ceil(units / sheet.columns), spans = [sheet.columns * sheet.tile, rows * sheet.tile];
  const point = (forth, across) => (along ? [across, forth] : [forth, across]);
  const [image_at, sheet_at] = [[pixels.left, pixels.top], [sheet.left, sheet.top]];
  const ends = { edge: [], near: [], far: [] };
  for (let j = 0; j < units; j += 1) {
    const row = Math.floor(j / sheet.columns), column = j % sheet.columns;
    // Along the edges of the sheet every unit has a place of its own, near its tile.
    const share = along ? (column + (row + 0.5) / rows) / sheet.columns : (row + (column + 0.5) / sheet.columns) / rows;
    const across = sheet_at[1 - along] + spans[1 - along] * share;
    ends.edge.push(point(image_at[along] + pixels.size, image_at[1 - along] + pixels.size * (0.1 + 0.8 * share)));
    ends.near.push(point(sheet_at[along], across));
    ends.far.push(point(sheet_at[along] + spans[along], across));
  }
  return ends;
}

function draw_all_threads(pen, { W, n_in }, a, p, layout) {
  const { edge, near, far } = thread_ends(n_in, layout), best = p.indexOf(Math.max(...p));
  const most = Math.max(...a) || 1, carried = W.map((w, i) => w * a[i % n_in]);
  draw_threads(pen, edge, near, a.map((out) => 0.9 * out / most), layout.along);
  const classes = [...p.keys()].sort((c, d) => p[c] - p[d]);  // those of the best one on top
  for (const c of classes) {
    const own = carried.subarray(c * n_in, (c + 1) * n_in);
    const largest = own.reduce((top, part) => Math.max(top, Math.abs(part)), 0) || 1;
    const strengths = own.map((part) => part / largest * (c === best ? 1 : 0.45));
    draw_threads(pen, far, far.map(() => layout.outputs[c]), strengths, layout.along);
  }
}

// ---- words and bars

function write(pen, words, x, y, { size = 13, colour = PALE, weight = "normal", align = "center" } = {}) {
  const font = `${weight} ${size}px ${FONT}`;
  Object.assign(pen, { font, fillStyle: colour, textAlign: align, textBaseline: "middle" });
  pen.fillText(words, x, y);
}

// A bar for each probability, with the digit before it and, where it shows, the number; empty for p = null.
function draw_outputs(pen, p, { along, outputs, bar }) {
  const best = p ? p.indexOf(Math.max(...p)) : -1;
  outputs.forEach(([x, y], c) => {
    const colour = c === best ? WARM : DIM, weight = c === best ? "bold" : "normal";
    const length = Math.max(1, bar.length * (p?.[c] ?? 0)), number = p?.[c] > 0.01 ? percent(p[c]) : "";
    if (along) {
      write(pen, c, x, y + 12, { size: 16, weight, colour });
      pen.fillRect(x - bar.width / 2, y + 24, bar.width, length);
      write(pen, number, x, y + 34 + length, { size: 12, colour });
    } else {
      write(pen, c, x + 9, y, { size: 15, weight, colour });
      pen.fillRect(x + 20, y - bar.width / 2, length, bar.width);
      write(pen, number, x + 25 + length, y, { size: 13, colour, align: "left" });
    }
  });
}

// The answer beside the pad, where the bars are far below.
function draw_answer(pen, p, [x, y]) {
  const best = p.indexOf(Math.max(...p));
  write(pen, best, x, y, { size: 76, weight: "bold", colour: WARM });
  write(pen, percent(p[best]), x, y + 56, { size: 18 });
}

function draw_words(pen, words) {
  for (const [phrase, x, y] of words) {
    pen.font = `13px ${FONT}`;
    const { width } = pen.measureText(phrase);
    pen.fillStyle = NIGHT;
    pen.fillRect(x - width / 2 - 5, y - 11, width + 10, 22);
    write(pen, phrase, x, y, { size: 13 });
  }
}

// Between the pad and the image that is made from it, which is below the pad or to its right: the one shrinks to the other.
function draw_projection(pen, { pad, pixels }) {
  const below = pixels.top >= pad.top + pad.size;
  const edge = ({ left, top, size }) => (below ? [[left, top], [left + size, top]] : [[left, top], [left, top + size]]);
  const [from, to] = edge({ ...pad, [below ? "top" : "left"]: pad[below ? "top" : "left"] + pad.size });
  pen.fillStyle = `${PAPER}99`;
  pen.beginPath();
  for (const corner of [from, to, ...edge(pixels).reverse()]) pen.lineTo(...corner);
  pen.fill();
}

// ---- the whole

// Paints what net makes of x (784) and returns its ten probabilities. A network that is still on its way is
// null, and nothing is read from an image without ink: the bars stay empty, and null is returned.
export function draw_picture(pen, { x, net, layout }) {
  const inked = net && x.some((value) => value > 0), p = inked ? softmax(net.forward(x)) : null;
  pen.fillStyle = NIGHT;
  pen.fillRect(0, 0, layout.width, layout.height);
  draw_projection(pen, layout);
  const [first, last] = net?.linears() ?? [], { pixels, sheet } = layout;
  const a = p ? net.layers[1].out : new Float64Array(first?.n_out ?? 0);
  if (p) draw_all_threads(pen, last, a, p, layout);
  const digit = pen.createImageData(SIDE, SIDE);
  paint_pixels(digit, x, ink);
  spread(pen, digit, pixels.left, pixels.top, pixels.size, pixels.size);
  if (net) {
    const rows = Math.ceil(first.n_out / sheet.columns);
    const image = sheet_of_tiles(pen, first, x, a, sheet.columns);
    spread(pen, image, sheet.left, sheet.top, sheet.columns * sheet.tile, rows * sheet.tile);
  }
  draw_outputs(pen, p, layout);
  draw_words(pen, layout.words);
  if (p && layout.answer) draw_answer(pen, p, layout.answer);
  return p;
}
