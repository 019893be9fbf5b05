// Steps of descent on single digits (chapter 09), and the way back to the weights as they were, exactly.

import { SGD, softmax_cross_entropy } from "./core.js";

export class Learner {
  constructor(net) {
    this.net = net;
    this.trained = net.parameters().map(([W]) => W.slice());
    this.steps = [];  // {x, y, lr} of each step taken
  }

  step(x, y, lr) {
    this.steps.push({ x: x.slice(), y, lr });
    this.#descend(this.steps.at(-1));
  }

  // A step can't be taken back by adding what it subtracted: rounding would leave a trace of it. So the
  // trained weights are put back, and all steps but the last are taken again.
  undo() {
    const again = this.steps.slice(0, -1);
    this.restore();
    for (const step of again) this.#descend(step);
    this.steps = again;
  }

  restore() {
    this.#put(this.trained);
    this.steps = [];
  }

  // What ask() finds while the trained weights are in place.
  before(ask) {
    if (!this.steps.length) return ask();
    const now = this.net.parameters().map(([W]) => W.slice());
    this.#put(this.trained);
    const found = ask();
    this.#put(now);
    return found;
  }

  #put(weights) { this.net.parameters().forEach(([W], i) => W.set(weights[i])); }

  #descend({ x, y, lr }) {
    const [, dlogits] = softmax_cross_entropy(this.net.forward(x), [y]);
    this.net.gradients(dlogits);
    new SGD(this.net, lr).step();
  }
}
