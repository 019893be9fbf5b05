// Trains in slices, so that whoever waits is heard in between, and tells how it goes a few times a second.
// It runs in a worker of its own; where there is none, the page makes a Trainer itself.

import { Training } from "./train_model.js";
import { slow_step } from "./train_slow_step.js";

const NEWS_EVERY = 120;  // milliseconds between two pictures, about
export const MISTAKES = 12;  // so many are shown at the most

export class Trainer {
  // tell(news) takes what the page shows; slice is how long training may go on without a break, in milliseconds.
  constructor(tell, slice) {
    Object.assign(this, { tell, slice, running: false, told: 0, image: 0, pace: 0 });
  }

  hear({ ask, ...given }) { this[ask](given); }

  open({ digits }) { this.digits = digits; }

  // A fresh training. Every message that belongs to it carries its id.
  begin({ id, setting, image }) {
    Object.assign(this, { id, image, running: false, ended: "" });
    this.training = new Training(setting, this.digits);
    this.goal = setting.epochs * this.training.per_epoch;
    this.shown = 0;
    this.news();
  }

  run() {
    if (this.running) return;
    if (this.training.diverged) {
      this.news("diverged");
      return;
    }
    if (this.training.steps >= this.goal) this.goal += this.training.setting.epochs * this.training.per_epoch;
    this.running = true;
    this.again();
  }

  pause() {
    if (!this.running) return;
    this.running = false;
    this.training.measure();
    this.news("paused");
  }

  // So many steps at once, then a measurement: Step and Epoch.
  advance({ steps }) {
    this.running = false;
    for (let i = 0; i < steps && !this.training.diverged; i += 1) this.training.step();
    if (!this.training.diverged) this.training.measure();
    this.news(this.training.diverged ? "diverged" : "paused");
  }

  // Steps a second, 0 for as many as possible.
  hurry({ pace }) { this.pace = pace; }

  watch({ image }) {
    this.image = image;
    if (!this.running) this.news(this.ended);
  }

  slowly() {
    if (this.training.diverged) this.news("diverged");
    else this.tell({ about: "slow", id: this.id, slow: slow_step(this.training, this.image) });
  }

  network() {
    const linears = this.training.net.linears();
    this.tell({ about: "network", id: this.id, W: linears.map(({ W }) => W), b: linears.map(({ b }) => b) });
  }

  // ---- the run

  again() {
    clearTimeout(this.timer);  // pressed twice, there is still one loop
    this.timer = setTimeout(() => this.work(), this.pace ? 1000 / this.pace : 0);
  }

  work() {
    if (!this.running) return;
    const begun = performance.now();
    do {
      this.training.step();
      if (this.pace) this.training.measure();
      this.running = !this.training.diverged && this.training.steps < this.goal;
    } while (this.running && !this.pace && performance.now() - begun < this.slice);
    if (!this.running) this.finish();
    else {
      if (this.pace || performance.now() - this.told > NEWS_EVERY) this.news();
      this.again();
    }
  }

  finish() {
    if (this.training.diverged) return this.news("diverged");
    this.training.measure();
    return this.news("finished");
  }

  news(ended = "") {
    const { training, image, running, id } = this, { steps, epoch, silent, points } = training;
    this.ended = ended;
    const { a, p } = training.look(image);
    this.tell({
      about: "training", id, running, ended, steps, epoch, a, p, image, silent,
      points: points.slice(this.shown), W: training.net.linears()[0].W.slice(),
      mistakes: training.mistakes(MISTAKES), epochs: this.goal / training.per_epoch,
    });
    this.shown = points.length;
    this.told = performance.now();
  }
}

if (globalThis.WorkerGlobalScope && self instanceof WorkerGlobalScope) {
  const trainer = new Trainer((news) => postMessage(news), 40);
  addEventListener("message", ({ data }) => trainer.hear(data));
  postMessage({ about: "ready" });
}
