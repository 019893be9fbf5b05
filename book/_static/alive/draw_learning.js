// The stage "Learn from this one".

import { make_choice, make_double_bars } from "./draw_bars.js";
import { softmax } from "./core.js";
import { Learner } from "./draw_learner.js";
import { count, digit_name, number, percent, share } from "./draw_words.js";

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const find = (id) => document.getElementById(id);
const best_of = (row) => row.indexOf(Math.max(...row));

export function make_learning(page) {
  const { net, samples } = page, learner = new Learner(net);
  const show = make_double_bars(find("draw-learn-bars"));
  const [said, others] = [find("draw-learn-said"), find("draw-learn-samples")];
  const [step, undo, restore] = [find("draw-step"), find("draw-step-undo"), find("draw-restore")];
  let rate = RATES[1];
  make_choice(find("draw-rate"), RATES, (value) => { rate = value; })(rate);

  function right() {
    return samples.filter(({ pixels, label }) => best_of(net.forward(pixels)) === label).length;
  }
  const right_before = right();

  function after(change) {
    change();
    page.recompute();
    page.speak();
  }
  step.addEventListener("click", () => after(() => learner.step(page.view.x, page.view.trace.y, rate)));
  undo.addEventListener("click", () => after(() => learner.undo()));
  restore.addEventListener("click", () => after(() => learner.restore()));

  function tell({ y, loss, p, read }, before) {
    const n = learner.steps.length, loss_before = -Math.log(before[y]);
    if (!n) {
      said.textContent = `No step taken. The label is ${y}, and the loss is ${number(loss, 4)}.`;
      return;
    }
    said.textContent = `${count(n, "step")} taken. For the label ${y} the loss went from ${number(loss_before, 4)} `
      + `to ${number(loss, 4)}, and p[${y}] from ${share(before[y])} to ${share(p[y])}. `
      + `Your digit is now read as ${digit_name(read)}.`;
  }

  page.learner = learner;
  return ({ x, trace }) => {
    const before = learner.before(() => softmax(net.forward(x)));
    show(trace.p, before, Array.from(trace.p, percent), trace.read);
    tell(trace, before);
    undo.disabled = restore.disabled = !learner.steps.length;
    others.hidden = !samples.length;
    const now = learner.steps.length ? right() : right_before;
    others.textContent = learner.steps.length
      ? `Of the ${samples.length} test images above it now reads ${now} right; with the trained weights it was ${right_before}.`
      : `Of the ${samples.length} test images above, the trained weights read ${right_before} right.`;
  };
}
