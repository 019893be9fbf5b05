// Drawings that the page makes itself: the two on arrival, and scribbles.

import { default_rng } from "./core.js";
import { PEN } from "./prepare.js";

// A smooth line through the points: Catmull and Rom's curve, six pieces from each point to the next.
function through(points) {
  const at = (i) => points[Math.min(Math.max(i, 0), points.length - 1)];
  const line = [];
  for (let i = 0; i < points.length - 1; i += 1) {
    for (let t = 0; t < 1; t += 1 / 6) {
      line.push([0, 1].map((axis) => {
        const [before, from, to, after] = [-1, 0, 1, 2].map((step) => at(i + step)[axis]);
        return from + t * ((to - before) / 2 + t * (before - 2.5 * from + 2 * to - after / 2
          + t * (1.5 * (from - to) + (after - before) / 2)));
      }));
    }
  }
  return [...line, points.at(-1)];
}

// Its tail curls back a little, so that the network sees something of an eight in it.
export const two = () => ({ pen: PEN, strokes: [through([
  [0.31, 0.36], [0.36, 0.24], [0.5, 0.17], [0.63, 0.2], [0.66, 0.31], [0.56, 0.45], [0.42, 0.59], [0.31, 0.73],
  [0.3, 0.83], [0.4, 0.86], [0.54, 0.8], [0.6, 0.74],
])] });

// The same seed gives the same scribble.
export function scribble(seed) {
  const rng = default_rng(seed), place = () => 0.15 + 0.7 * rng.uniform();
  return { pen: PEN, strokes: [through(Array.from({ length: 11 }, () => [place(), place()]))] };
}
