// The stage "Preparation": four pictures from the drawing to the 28 x 28, and what the network reads without them.

import { count, digit_name, make, number, share } from "./draw_words.js";
import { copy, paint_ink } from "./draw_paint.js";

const FIELD = 28;

function step(side, title, frame = "") {
  const canvas = make("canvas"), words = make("figcaption");
  Object.assign(canvas, { width: side, height: side });
  const view = make("div", "draw-view", canvas);
  if (frame) view.append(make("span", frame));
  return { canvas, words, view, figure: make("figure", "draw-figure", view, words), title };
}

const say = ({ words, title }, text) => words.replaceChildren(make("strong", "", title), ` ${text}`);

// The scaled picture in the middle of the field, which is not yet its place.
function in_the_middle({ scaled, scaled_width, scaled_height }) {
  const out = new Float64Array(FIELD * FIELD);
  const left = Math.floor((FIELD - scaled_width) / 2), top = Math.floor((FIELD - scaled_height) / 2);
  for (let i = 0; i < scaled_height; i += 1) {
    out.set(scaled.subarray(i * scaled_width, (i + 1) * scaled_width), (top + i) * FIELD + left);
  }
  return out;
}

const pixels = (n) => `${number(n, Number.isInteger(n) ? 0 : 1)} pixel${n === 1 ? "" : "s"}`;

// Where the centre of mass puts the box, against a box laid into the middle.
function placed({ shift, scaled_width, scaled_height }) {
  const right = shift.left - (FIELD - scaled_width) / 2, down = shift.top - (FIELD - scaled_height) / 2;
  const across = right && `${pixels(Math.abs(right))} to the ${right > 0 ? "right" : "left"}`;
  const along = down && `${pixels(Math.abs(down))} ${down > 0 ? "down" : "up"}`;
  const moved = [across, along].filter(Boolean).join(" and ");
  return moved ? `the box moves ${moved}.` : "the box stays where it is.";
}

export function make_preparation(page) {
  const box = document.getElementById("draw-steps"), compare = document.getElementById("draw-compare");
  const switcher = document.getElementById("draw-prepare");
  const steps = [step(280, "Your strokes."), step(280, "Their box.", "draw-box"), step(28, "Scaled.", "draw-twenty"),
    step(28, "Centred by mass.", "draw-cross")];
  box.append(...steps.map(({ figure }) => figure));
  const away = make("p", "draw-say");
  box.after(away);
  switcher.addEventListener("change", () => page.choose({ prepared: switcher.checked }));
  return ({ drawn, prepared, other, trace }) => {
    switcher.checked = prepared || !drawn;
    switcher.disabled = !drawn;
    box.hidden = !drawn;
    away.hidden = Boolean(drawn);
    away.textContent = "These pixels go into the network as they are: a test image was prepared by MNIST’s makers, "
      + "and pixels set one by one need no scaling. Choose Draw above to see the steps.";
    compare.hidden = !drawn;
    if (!drawn) return;
    const [strokes, frame, scaled, centred] = steps, { raster, size } = drawn;
    paint_ink(strokes.canvas, raster);
    copy(frame.canvas, strokes.canvas);
    paint_ink(scaled.canvas, in_the_middle(drawn));
    paint_ink(centred.canvas, drawn.x);
    for (const side of ["left", "top", "width", "height"]) {
      frame.view.style.setProperty(`--${side}`, drawn.box[side] / size);
    }
    const ink = raster.reduce((sum, value) => sum + value, 0) / raster.length;
    say(strokes, `${count(page.state.drawing.strokes.length, "stroke")}, with ink on ${share(ink)} of the pad.`);
    const [width, height] = [drawn.box.width / size, drawn.box.height / size].map((part) => (part === 1 ? "all" : share(part)));
    say(frame, `It takes ${width} of the pad’s width and ${height} of its height.`);
    say(scaled, `The box becomes ${drawn.scaled_width} × ${drawn.scaled_height} pixels, and keeps its shape.`);
    say(centred, `So that the mean place of its ink comes under the cross, ${placed(drawn)}`);
    const here = `read as ${digit_name(trace.read)}, with ${share(trace.p[trace.read])}`;
    const there = `read as ${digit_name(other.read)}, with ${share(other.p[other.read])}`;
    compare.textContent = prepared ? `With preparation: ${here}. Without: ${there}.`
      : `Without preparation: ${here}. With it: ${there}. All numbers below are now those of the unprepared image.`;
  };
}
