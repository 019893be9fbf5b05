// The stage "The gradient of one weight".

import { DIGITS, make_choice } from "./draw_bars.js";
import { contributions } from "./draw_trace.js";
import { paint_signed } from "./draw_paint.js";
import { equation, make, maths, number, small } from "./draw_words.js";

export function make_gradient(page) {
  const { last, hidden, bend, activation } = page.shape;
  const mark = make_choice(document.getElementById("draw-output-too"), DIGITS, (output) => page.choose({ output }));
  const sums = document.getElementById("draw-gradient-sums"), figure = document.getElementById("draw-row");
  const canvas = make("canvas"), words = make("figcaption");
  Object.assign(canvas, { width: 28, height: 28 });
  figure.append(make("div", "draw-view", canvas), words);

  // dW of the last layer: with one hidden layer from the unit chosen, else from what counts most for c.
  function last_weight({ trace, output: c, unit }) {
    const j = hidden === 1 ? unit : contributions(last, trace.inputs, c, 1).strongest[0].j;
    const layer = hidden + 1, a = hidden ? `a_${hidden}` : "x", d = trace.dlogits[c];
    return equation(`dW_${layer}[${c}, ${j}]`, `dlogits[${c}] · ${a}[${j}]`,
      `${small(d)} · ${number(trace.inputs[j], 3)}`, small(d * trace.inputs[j]));
  }

  function slope_words(z, a) {
    if (activation !== "ReLU") return `${activation} has the slope ${number(bend.slope(a), 3)} there`;
    return z > 0 ? "the unit is above 0, and hands on what it is given" : "the unit is at 0, and hands nothing on";
  }

  function first_weight({ x, trace, unit: j, pixel: k }) {
    const da = trace.da1[j], dz = trace.dz1[j], z = trace.z1[j];
    const sum = hidden === 1 ? `Σ dlogits[c] · W_2[c, ${j}]` : `Σ dz_2[i] · W_2[i, ${j}]`;
    const slope = activation === "ReLU" ? `[${number(z)} > 0]` : number(bend.slope(trace.a1[j]), 3);
    return [
      equation(`da_1[${j}]`, sum, small(da)),
      equation(`dz_1[${j}]`, `${slope} · ${small(da)}`, small(dz)),
      make("p", "draw-say", `With z of ${number(z)}, ${slope_words(z, trace.a1[j])}.`),
      equation(`dW_1[${j}, ${k}]`, `dz_1[${j}] · x[${k}]`, `${small(dz)} · ${number(x[k], 3)}`, small(dz * x[k])),
    ];
  }

  return (view) => {
    const { x, trace, output: c, unit: j, pixel: k } = view;
    mark(c);
    const row = hidden ? j : c, dz = hidden ? trace.dz1[row] : trace.dlogits[row];
    const chosen = hidden ? `Unit ${j} and pixel ${k} are those chosen above.`
      : "Without a hidden layer this is all there is.";
    sums.replaceChildren(last_weight(view), ...(hidden ? first_weight(view) : []), make("p", "draw-say", chosen));
    paint_signed(canvas, x.map((ink) => dz * ink));
    words.replaceChildren(maths(`dW_1[${row}]`), dz === 0 ? ": all 784 are 0, since this unit hands nothing on"
      : `: 784 gradients, ${dz > 0 ? "orange, since they are positive" : "blue, since they are negative"}`);
    canvas.setAttribute("aria-label", words.textContent);
    canvas.setAttribute("role", "img");
  };
}
