// The stages from the logits to their gradient: Logits, Softmax, The loss, The gradient of the logits.

import { DIGITS, make_choice, make_signed_bars } from "./draw_bars.js";
import { contributions } from "./draw_trace.js";
import { digit_name, equation, fine, make, maths, number, signed, small } from "./draw_words.js";

const find = (id) => document.getElementById(id);

function table(caption, heads, rows, style = "") {
  const cells = (kind, values) => values.map((value) => make(kind, "", value));
  const head = make("tr", "", ...heads.map((words) => {
    const cell = make("th", "", maths(words));
    cell.scope = "col";
    return cell;
  }));
  const body = rows.map(({ name, values, share, style: row = "" }) => {
    const first = make("th", "", name);
    first.scope = "row";
    const line = make("tr", row, first, ...cells("td", values));
    if (share !== undefined) line.lastChild.style.setProperty("--share", share);  // a bar under the number
    return line;
  });
  return make("table", style, make("caption", "draw-unseen", caption), make("thead", "", head),
    make("tbody", "", ...body));
}

export function make_logits(page) {
  const { shape } = page, show = make_signed_bars(find("draw-logit-bars"));
  const mark = make_choice(find("draw-output"), DIGITS, (output) => page.choose({ output }));
  const made = find("draw-made"), layer = shape.hidden + 1;
  const [a, thing] = shape.hidden ? [`a_${shape.hidden}`, "unit"] : ["x", "pixel"];

  function name({ j }) {
    if (shape.hidden !== 1) return `${thing} ${j}`;
    const button = make("button", "draw-link", `unit ${j}`);
    button.type = "button";
    button.title = "Open this unit above";
    button.addEventListener("click", () => page.choose({ unit: j }));
    return button;
  }

  function rows_of(trace, c) {
    const { strongest, rest, others, bias } = contributions(shape.last, trace.inputs, c);
    const lines = strongest.map((part) =>
      ({ name: name(part), values: [number(part.a), number(part.w, 3), signed(part.product, 2)] }));
    if (others) lines.push({ name: `the other ${others}`, values: ["", "", signed(rest, 2)] });
    lines.push({ name: maths(`bias b_${layer}[${c}]`), values: ["", "", signed(bias, 2)] });
    lines.push({ name: maths(`logits[${c}]`), values: ["", "", number(trace.logits[c])], style: "draw-total" });
    return lines;
  }

  return ({ trace, output: c }) => {
    show(trace.logits, Array.from(trace.logits, (z) => number(z)), trace.read);
    mark(c);
    const focused = [...made.querySelectorAll("button")].indexOf(document.activeElement);
    made.replaceChildren(table(`How logit ${c} is made: the five largest products and the rest`,
      [thing, `${a}[j]`, `W_${layer}[${c}, j]`, "product"], rows_of(trace, c)));
    if (focused >= 0) made.querySelectorAll("button")[focused].focus({ preventScroll: true });
  };
}

export function make_softmax() {
  const box = find("draw-softmax-table"), said = find("draw-softmax-said");
  return ({ trace }) => {
    const { logits, shifted, exps, total, p, read, largest } = trace;
    const rows = DIGITS.map((c) => ({
      name: String(c), style: c === read ? "draw-first" : "",
      share: p[c],
      values: [number(logits[c]), number(shifted[c]), fine(exps[c]), fine(p[c])],
    }));
    const sum = p.reduce((all, share) => all + share, 0);
    rows.push({ name: "sum", values: ["", "", number(total, 4), number(sum, 4)], style: "draw-total" });
    box.replaceChildren(table("Softmax of the ten logits", ["c", "logits", "less m", "exp", "p"], rows));
    said.replaceChildren("The largest is ", maths(`m = ${number(largest)}`), ", the logit of the ", String(read), ". Its ",
      maths("exp"), " is therefore 1, and the others are shares of it; divided by ",
      maths(`${number(total, 4)}, they are p.`));
  };
}

export function make_loss(page) {
  const mark = make_choice(find("draw-label"), DIGITS, (label) => page.choose({ label }));
  const sums = find("draw-loss-sums"), nothing = Math.log(10);
  return ({ trace, chosen }) => {
    const { y, p, loss, read } = trace;
    mark(y);
    const who = chosen ? [`You say that it is ${digit_name(y)}.`]
      : ["You haven’t said yet. Until you do, the page takes the network’s word for it: ", maths(`y = ${y}.`)];
    const side = loss < nothing ? "below" : "above";
    const why = side === "above" && y !== read ? " It was surer of something else." : "";
    const judged = `${side} the ${number(nothing)} of a network that knows nothing and gives each digit one tenth.${why}`;
    sums.replaceChildren(make("p", "draw-say", ...who),
      equation("ℓ", `−log p[${y}]`, `−log ${fine(p[y])}`, fine(loss)),
      make("p", "draw-say", `That is ${judged}`));
  };
}

export function make_dlogits() {
  const show = make_signed_bars(find("draw-dlogit-bars"), 1), said = find("draw-dlogits-said");
  return ({ trace }) => {
    const { y, p, dlogits } = trace;
    show(dlogits, Array.from(dlogits, (d) => (Math.abs(d) >= 0.00005 ? signed(d, 4) : small(d))), y);
    said.replaceChildren(
      equation(`dlogits[${y}]`, `p[${y}] − 1`, `${fine(p[y])} − 1`, number(dlogits[y], 4)),
      "For every other digit it is ", maths("p"), ` itself. The ten add up to 0.`);
  };
}
