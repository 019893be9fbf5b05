// The welcome page: whoever draws on the pad sees the network read it, stroke by stroke.

import { digit_name, put } from "./draw_words.js";
import { keep_drawing, load_network } from "./load.js";
import { Pad } from "./pad.js";
import { draw_picture, percent } from "./picture.js";
import { prepare } from "./prepare.js";
import { layout } from "./welcome_layout.js";

const WRITING = 900;  // milliseconds in which the two of the page writes itself
const TWO = [
  [0.27, 0.34], [0.28, 0.34], [0.294, 0.339], [0.311, 0.338], [0.33, 0.335], [0.35, 0.331], [0.372, 0.325],
  [0.396, 0.318], [0.42, 0.31], [0.444, 0.299], [0.469, 0.285], [0.495, 0.271], [0.52, 0.26], [0.545, 0.252],
  [0.57, 0.245], [0.595, 0.239], [0.62, 0.235], [0.646, 0.231], [0.672, 0.228], [0.697, 0.228], [0.72, 0.23],
  [0.742, 0.236], [0.762, 0.244], [0.779, 0.255], [0.79, 0.27], [0.794, 0.289], [0.792, 0.311], [0.786, 0.335],
  [0.775, 0.36], [0.759, 0.386], [0.738, 0.415], [0.714, 0.443], [0.69, 0.47], [0.667, 0.495], [0.643, 0.519],
  [0.619, 0.542], [0.595, 0.565], [0.57, 0.588], [0.545, 0.611], [0.52, 0.633], [0.495, 0.655], [0.47, 0.676],
  [0.445, 0.697], [0.42, 0.717], [0.395, 0.735], [0.368, 0.751], [0.339, 0.765], [0.312, 0.778], [0.29, 0.79],
  [0.273, 0.801], [0.259, 0.81], [0.249, 0.819], [0.245, 0.83], [0.246, 0.845], [0.252, 0.862], [0.263, 0.878],
  [0.28, 0.89], [0.304, 0.897], [0.334, 0.901], [0.367, 0.902], [0.4, 0.9], [0.433, 0.894], [0.467, 0.886],
  [0.5, 0.874], [0.53, 0.86], [0.557, 0.843], [0.583, 0.822], [0.605, 0.8], [0.62, 0.78], [0.626, 0.76],
  [0.626, 0.74], [0.622, 0.722], [0.62, 0.71],
];

const [panel, picture, field, ghost, says, fresh, undo, numbers] =
  ["panel", "picture", "pad", "ghost", "says", "fresh", "undo", "numbers"]
    .map((name) => document.getElementById(`welcome-${name}`));
const still = matchMedia("(prefers-reduced-motion: reduce)");
let net = null, writing = null;

// ---- what it reads

const share = (p) => percent(p).replace(">", "more than ");

function sentence(p) {
  if (!p) return "Draw a digit: the pad is empty.";
  const [best, next] = [...p.keys()].sort((c, d) => p[d] - p[c]);
  if (p[best] < 0.5) {
    return `It can't decide: ${digit_name(best)} gets ${share(p[best])}, ${digit_name(next)} ${share(p[next])}.`;
  }
  const second = p[next] >= 0.045 ? `, and ${digit_name(next)} with ${share(p[next])}` : "";
  return `It reads ${digit_name(best)}, with ${share(p[best])}${second}.`;
}

// All of the picture that a screen reader can tell: the ten probabilities.
function described(p) {
  if (!p) return "The network's picture. Nothing is read, and all ten bars are empty.";
  const bars = [...p.keys()].filter((c) => p[c] > 0.01).map((c) => `${c} ${share(p[c])}`);
  const a = net.layers[1].out, active = a.filter((out) => out > 0).length;
  return `The drawing as 784 pixels, ${active} of ${a.length} hidden units active, and ten bars: `
    + `${bars.join(", ")}; the others 1 % or less.`;
}

// Only what has changed is written, so that only that is spoken.
function label(node, words) {
  if (node.getAttribute("aria-label") !== words) node.setAttribute("aria-label", words);
}

function read() {
  const { x } = prepare(pad.drawing), pen = picture.getContext("2d"), place = layout(picture, field);
  const [width, height] = [place.width, place.height].map((length) => Math.round(length * devicePixelRatio));
  if (picture.width !== width) picture.width = width;
  if (picture.height !== height) picture.height = height;
  pen.setTransform(width / place.width, 0, 0, height / place.height, 0, 0);
  tell(draw_picture(pen, { x, net, layout: place }));
}

function tell(p) {
  const strokes = pad.drawing.strokes.length, example = shows_two();
  says.setAttribute("aria-busy", pad.pointer !== null);  // spoken when the stroke has ended
  if (net) {
    put(says, sentence(p));
    label(picture, described(p));
  }
  const lines = `${strokes || "no"} stroke${strokes === 1 ? "" : "s"}`;
  label(field, `The pad, with ${example ? "a two" : lines} on it. It takes a mouse, a finger or a pen.`);
  put(fresh, example ? "Draw your own" : "Clear");
  fresh.classList.toggle("welcome-invites", example);
  panel.classList.toggle("welcome-empty", strokes === 0);
}

// ---- the two that stands there first

// Whether nothing but the two is on the pad, or as much of it as is written yet.
function shows_two() {
  const [stroke, ...others] = pad.drawing.strokes;
  return Boolean(stroke) && !others.length && stroke.every(([x, y], i) => x === TWO[i]?.[0] && y === TWO[i][1]);
}

function write_two() {
  const start = performance.now();
  const step = (now) => {
    const points = still.matches ? TWO.length : Math.ceil(TWO.length * Math.max(now - start, 1) / WRITING);
    pad.drawing = { strokes: [TWO.slice(0, points)] };
    read();
    writing = points < TWO.length ? requestAnimationFrame(step) : null;
  };
  writing = requestAnimationFrame(step);
}

// The first touch clears the two away: what is read is the visitor's drawing alone.
function make_room() {
  cancelAnimationFrame(writing);
  if (!shows_two()) return;
  Object.assign(ghost, { width: field.width, height: field.height });
  ghost.getContext("2d").drawImage(field, 0, 0);
  if (!still.matches) ghost.animate({ opacity: [0.7, 0] }, 500);
  pad.clear();
}

// ---- start

const pad = new Pad(field, { onstart: make_room, onchange: read });

async function start() {
  read();
  fresh.addEventListener("click", () => (shows_two() ? make_room() : pad.clear()));
  undo.addEventListener("click", () => (shows_two() ? make_room() : pad.undo()));
  numbers.addEventListener("click", () => keep_drawing(pad.drawing));  // the Draw page takes it up from there
  new ResizeObserver(read).observe(picture);
  ({ net } = await load_network());
  if (pad.drawing.strokes.length) read();  // whoever is quicker than the network has drawn already
  else write_two();
}

start().catch((error) => {
  if (error.constructor !== Error) throw error;  // none of ours, which are sentences: the page has one for it
  welcome_still(`${error.message} Here is a still of the picture.`);
});
