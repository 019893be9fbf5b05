// The stages "The input" and "One hidden unit".

import { GridCursor } from "./draw_grid.js";
import { paint_ink, paint_signed, paint_tiles, sheet } from "./draw_paint.js";
import { equation, make, maths, number, place } from "./draw_words.js";

export function make_input(page) {
  const canvas = document.getElementById("draw-x"), said = document.getElementById("draw-x-said");
  const cursor = new GridCursor(canvas, {
    rows: 28, columns: 28, hover: true,
    say: (k) => `${place(k)}: x[${k}] = ${number(page.view?.x[k] ?? 0)}`,
    onmove: (pixel) => page.choose({ pixel }),
  });
  return ({ x, pixel }) => {
    paint_ink(canvas, x);
    cursor.show(pixel);
    const inked = x.filter((value) => value > 0), full = inked.filter((value) => value > 0.995).length;
    const big = equation(`x[${pixel}]`, number(x[pixel]));
    big.classList.add("draw-big");
    said.replaceChildren(big,
      make("p", "", `Row ${Math.floor(pixel / 28)}, column ${pixel % 28}.`),
      make("p", "", `Of the 784 pixels ${784 - inked.length} are paper, ${full} full ink and ${inked.length - full} grey. `
        + `Together they hold as much ink as ${number(x.reduce((sum, value) => sum + value, 0), 1)} full pixels.`));
  };
}

function picture(label = "") {
  const canvas = make("canvas"), words = make("figcaption", "", label);
  Object.assign(canvas, { width: 28, height: 28 });
  return { canvas, words, figure: make("figure", "draw-figure", make("div", "draw-view", canvas), words) };
}

function sums({ W, b, n_in }, x, j) {
  let plus = 0, minus = 0;
  x.forEach((ink, k) => {
    const part = W[j * n_in + k] * ink;
    if (part > 0) plus += part;
    else minus -= part;
  });
  return { plus, minus, bias: b[j] };
}

const bent = (name, z) => (name === "ReLU" ? `max(0, ${z})` : `${name}(${z})`);
const added = (value, digits) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value), digits)}`;

export function make_unit(page) {
  const { shape } = page, stage = document.getElementById("draw-unit");
  const said = document.getElementById("draw-unit-sums");
  if (!shape.hidden) {
    stage.replaceChildren(make("p", "draw-say", "This network has no hidden layer, so there is no unit to open. Its ten "
      + "outputs look at the pixels themselves, each with a weight for every pixel."));
    return () => {};
  }
  const tiles = document.getElementById("draw-tiles"), { first } = shape, units = first.n_out;
  const grid = sheet(units);
  const cursor = new GridCursor(tiles, {
    ...grid, cells: units,
    say: (j) => `unit ${j} of ${units}: active ${number(page.view?.trace.a1[j] ?? 0)}`,
    onmove: (unit) => page.choose({ unit }),
  });
  const parts = [picture(maths("x")), picture(), picture("their products")];
  const product = document.getElementById("draw-product");
  const [sign, equals] = ["×", "="].map((text) => make("span", "draw-sign", text));
  product.append(parts[0].figure, sign, parts[1].figure, equals, parts[2].figure);
  const next = shape.hidden < 2 ? "" : ` Another hidden layer follows, of ${shape.sizes[2]} units, which sees these `
    + `${units} numbers and no pixels.`;
  return ({ x, trace, unit: j }) => {
    paint_tiles(tiles, first, x, trace.a1);
    cursor.show(j);
    const W = first.W.subarray(j * first.n_in, (j + 1) * first.n_in);
    paint_ink(parts[0].canvas, x);
    paint_signed(parts[1].canvas, W);
    paint_signed(parts[2].canvas, W.map((w, k) => w * x[k]));
    parts[1].words.replaceChildren(maths(`W_1[${j}]`), ", a weight a pixel");
    const { plus, minus, bias } = sums(first, x, j), z = trace.z1[j], a = trace.a1[j];
    const active = trace.a1.filter((value) => value > 0).length;
    const others = shape.activation === "ReLU" ? `Of the ${units} units ${active} are above 0 for this digit.`
      : `With ${shape.activation}, no unit is silent: the brightest tiles are the furthest from 0.`;
    said.replaceChildren(
      make("p", "draw-say", `Unit ${j}: its orange products add up to ${number(plus)}, its blue ones to ${number(-minus)}.`),
      equation(`z_1[${j}]`, `W_1[${j}] · x + b_1[${j}]`, `${number(plus)} ${added(-minus)} ${added(bias)}`, number(z)),
      equation(`a_1[${j}]`, bent(shape.activation, number(z)), number(a)),
      make("p", "draw-say", others + next));
  };
}
