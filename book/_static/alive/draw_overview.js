// The way of the digit in small: the row of pictures under the pad, and the strip that stays in sight.

import { make_sticks } from "./draw_bars.js";
import { copy, paint_ink } from "./draw_paint.js";
import { number } from "./draw_words.js";

const find = (id) => document.getElementById(id);

export function make_way({ shape }) {
  const logits = make_sticks(find("draw-way-logits")), p = make_sticks(find("draw-way-p"));
  const tiles = find("draw-way-tiles"), units = shape.sizes.slice(1, -1);
  find("draw-way-units").textContent = units.length ? `${units.join(" + ")} hidden units` : "no hidden unit";
  tiles.hidden = !units.length;
  return ({ x, trace }) => {
    paint_ink(find("draw-way-x"), x);
    if (units.length) copy(tiles, find("draw-tiles"));
    logits(trace.logits, trace.read);
    p(trace.p, trace.read);
    find("draw-way-loss").textContent = number(trace.loss);
  };
}

// The strip shows while the pad is out of sight.
export function make_strip() {
  const strip = find("draw-strip"), sticks = make_sticks(find("draw-strip-p")), loss = find("draw-strip-loss");
  new IntersectionObserver((entries) => {
    const { isIntersecting, boundingClientRect } = entries.at(-1);
    strip.hidden = isIntersecting || boundingClientRect.top > 0;
  }).observe(find("draw-pad"));
  return ({ x, trace }) => {
    paint_ink(find("draw-strip-x"), x);
    sticks(trace.p, trace.read);
    loss.textContent = `loss ${number(trace.loss)}`;
  };
}
