// The stage "Learn from this one".

import { make_choice, make_double_bars } from "./draw_bars.js";
import { softmax, softmax_cross_entropy } from "./core.js";
import { Learner } from "./draw_learner.js";
import { count, digit_name, fine, percent, put, share } from "./draw_words.js";

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const find = (id) => document.getElementById(id);
const best_of = (row) => row.indexOf(Math.max(...row));

function told(steps, { y, loss, p, read }, before, loss_before) {
  if (!steps) return `No step taken. The label is ${y}, and the loss is ${fine(loss)}.`;
  return `${count(steps, "step")} taken. For the label ${y} the loss went from ${fine(loss_before)} `
    + `to ${fine(loss)}, and p[${y}] from ${share(before[y])} to ${share(p[y])}. `
    + `Your digit is now read as ${digit_name(read)}.`;
}

export function make_learning(page) {
  const { net, samples } = page, learner = new Learner(net);
  const show = make_double_bars(find("draw-learn-bars"));
  const [said, others] = [find("draw-learn-said"), find("draw-learn-samples")];
  const [step, undo, restore] = [find("draw-step"), find("draw-step-undo"), find("draw-restore")];
  let rate = RATES[1], pressed = false;
  make_choice(find("draw-rate"), RATES, (value) => {
    rate = value;
    page.recompute();
  })(rate);

  function right() {
    return samples.filter(({ pixels, label }) => best_of(net.forward(pixels)) === label).length;
  }
  const right_before = right();

  function after(change) {
    change();
    pressed = true;
    page.recompute();
    page.speak();
  }
  step.addEventListener("click", () => after(() => learner.step(page.view.x, page.view.trace.y, rate)));
  undo.addEventListener("click", () => after(() => learner.undo()));
  restore.addEventListener("click", () => after(() => learner.restore()));

  return ({ x, trace }) => {
    const logits = learner.before(() => net.forward(x)), before = softmax(logits), steps = learner.steps.length;
    show(trace.p, before, Array.from(trace.p, percent), trace.read);
    // Spoken after a press of the buttons here, and not with every line that is drawn above.
    said.setAttribute("aria-live", pressed ? "polite" : "off");
    pressed = false;
    const loss_before = softmax_cross_entropy(logits, [trace.y])[0];
    put(said, `${told(steps, trace, before, loss_before)} The next step goes at rate ${rate}.`);
    undo.disabled = restore.disabled = !steps;
    others.hidden = !samples.length;
    others.textContent = steps
      ? `Of the ${samples.length} test images in the list at the top it now reads ${right()} right; `
        + `with the trained weights it was ${right_before}.`
      : `Of the ${samples.length} test images in the list at the top, the trained weights read ${right_before} right.`;
  };
}
