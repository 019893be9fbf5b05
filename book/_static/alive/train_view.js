// What the panel shows of a training: where it stands, its curves, its weights, the image that is watched, its mistakes.

import { Chart, make } from "./chart.js";
import { count as counted, digit_name } from "./draw_words.js";
import { percent as nearest_percent } from "./picture.js";
import { brightest, columns_for, paint, paint_tiles } from "./train_pictures.js";
import { MISTAKES } from "./trainer.js";

const PIXELS = 784, CLASSES = 10, GUESS = Math.log(10), BAR = 54;
const find = (name) => document.getElementById(`train-${name}`);
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

function loss_words(loss) {
  if (loss < 0.0005) return "<0.001";
  return loss < 1000 ? loss.toFixed(3) : loss.toExponential(1);
}

function scale_words(scale) {
  if (scale === 0) return "all zero";
  if (!Number.isFinite(scale)) return "larger than a computer can hold";
  return `full colour at ±${scale.toPrecision(2).replace("-", "−")}`;
}

// The end of the loss axis: the largest loss so far, but at least 2.5 and at most 10.
const loss_top = (points) => {
  const most = Math.max(...points.map(({ training, held_out }) => Math.max(training.loss, held_out.loss)));
  return most <= 2.5 ? 2.5 : Math.min(10, Math.ceil(most));
};

export class View {
  // digits as load_digits gives them; watch(image) is called when the reader picks another image.
  constructor(digits, watch) {
    Object.assign(this, { digits, watch, points: [] });
    this.loss = new Chart(find("loss"), {
      value: ({ loss }) => loss, top: loss_top, guess: GUESS, guess_label: "guess: ln 10 = 2.30", guess_below: 14 });
    this.accuracy = new Chart(find("accuracy"), {
      value: ({ accuracy }) => 100 * accuracy, top: () => 100, shown: (tick) => `${tick} %`,
      guess: 10, guess_label: "guess: 10 %" });
    this.bars = this.make_bars();
    this.buttons = Array.from({ length: MISTAKES }, () => this.make_mistake());
    for (const [name, by] of [["previous", -1], ["following", 1]]) {
      find(name).addEventListener("click", () => {
        const count = digits.y_val.length;
        watch((this.image + by + count) % count);
      });
    }
  }

  begin(setting) {
    this.setting = setting;
    this.points = [];
    this.news = null;
  }

  // Take news at once, and draw them in the next frame: several in one frame are drawn once.
  take(news) {
    this.points.push(...news.points);
    this.news = news;
    if (document.hidden) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    const { news, points } = this;
    if (!news) return;
    find("status").textContent = where(news, points.at(-1));
    this.draw_curves();
    this.draw_weights();
    this.draw_watched();
    this.draw_mistakes();
  }

  draw_curves() {
    const { points, news, loss, accuracy } = this, last = points.at(-1);
    for (const chart of [loss, accuracy]) chart.draw(points, news.epochs);
    for (const set of ["training", "held_out"]) {
      find(`loss-${set}`).textContent = loss_words(last[set].loss);
      find(`accuracy-${set}`).textContent = percent(last[set].accuracy);
    }
  }

  draw_weights() {
    const { W, a, silent } = this.news, { depth } = this.setting, count = W.length / PIXELS, scale = brightest(W);
    paint_tiles(find("weights"), W, { columns: columns_for(count), a, silent, largest: scale });
    const what = depth ? `W₁: ${counted(count, "hidden unit")}` : "W: ten templates, 0 to 9";
    const still = silent.length ? `, ${silent.length} of them silent (×)` : "";
    find("weights-says").textContent = `${what}${still}; ${scale_words(scale)}`;
    const label = `Weights of the first layer as images, orange for, blue against. ${what}${still}.`;
    find("weights").setAttribute("aria-label", label);
  }

  draw_watched() {
    const { image, p } = this.news, { X_val, y_val } = this.digits;
    if (image !== this.image) {
      paint(find("image"), X_val.subarray(image * PIXELS, (image + 1) * PIXELS), 28, { ink: true });
      find("image").setAttribute("aria-label", `Held-out image ${image}, ${digit_name(y_val[image])}`);
    }
    this.image = image;
    const digit = p.indexOf(p.reduce((one, other) => Math.max(one, other)));  // -1 after a divergence
    p.forEach((share, c) => {
      const { row, bar, words } = this.bars[c];
      bar.setAttribute("width", BAR * (share || 0));
      words.textContent = nearest_percent(share);
      row.setAttribute("class", `${c === digit ? "train-read" : ""} ${c === y_val[image] ? "train-label" : ""}`.trim());
    });
    find("image-says").textContent = `held-out image ${image}: label ${y_val[image]}, `
      + (digit < 0 ? "and no finite logits to read" : `read ${digit}`);
  }

  draw_mistakes() {
    const { mistakes } = this.news, { X_val, y_val } = this.digits;
    const wrong = Math.round((1 - this.points.at(-1).held_out.accuracy) * y_val.length);
    find("mistakes-says").textContent = wrong > MISTAKES
      ? `Mistakes: ${wrong} of ${y_val.length} held-out images; the surest:`
      : `Mistakes: ${wrong} of ${y_val.length} held-out images`;
    this.buttons.forEach((button, i) => {
      const mistake = mistakes[i];
      button.parentElement.hidden = !mistake;
      if (!mistake) return;
      const { image, label: y, digit, sure } = mistake, [canvas, words] = button.children;
      if (button.image !== image) paint(canvas, X_val.subarray(image * PIXELS, (image + 1) * PIXELS), 28, { ink: true });
      button.image = image;
      words.textContent = `${y}, read ${digit}\n${nearest_percent(sure)}`;
      button.setAttribute("aria-label", `Label ${y}, read ${digit}, ${nearest_percent(sure)} sure: watch this image`);
    });
  }

  make_bars() {
    const svg = find("p");
    svg.setAttribute("viewBox", "0 0 124 204");
    return Array.from({ length: CLASSES }, (_, c) => {
      const row = make("g", {}), y = 3 + 20 * c, bar = make("rect", { x: 18, y, width: 0, height: 14, class: "train-bar-p" });
      const digit = make("text", { x: 3, y: y + 12 }, c), words = make("text", { x: 122, y: y + 12, class: "train-share" });
      row.append(make("rect", { x: 18, y, width: BAR, height: 14, class: "train-bar-room" }), bar, digit, words);
      svg.append(row);
      return { row, bar, words };
    });
  }

  make_mistake() {
    const item = document.createElement("li"), button = document.createElement("button");
    item.hidden = true;
    button.type = "button";
    button.append(document.createElement("canvas"), document.createElement("span"));
    button.addEventListener("click", () => this.watch(button.image));
    item.append(button);
    find("mistakes").append(item);
    return button;
  }
}

// Epoch 3.2, 200 steps, held-out 88.4 %
function where({ epoch, steps }, point) {
  const step = steps === 1 ? "1 step" : `${steps.toLocaleString("en")} steps`;
  return `Epoch ${epoch.toFixed(1)}, ${step}, held-out ${percent(point.held_out.accuracy)}`;
}

// What is said when a training pauses or ends.
export function summary({ ended, ...news }, points, setting) {
  const at = points.at(-1), stands = `${where(news, at)}, training ${percent(at.training.accuracy)}`;
  if (ended === "diverged") {
    return `Diverged at step ${(news.steps + 1).toLocaleString("en")}, at rate ${setting.rate}: the loss is no `
      + `longer a finite number. ${cure(setting)} Any dial begins anew.`;
  }
  return `${ended === "finished" ? "Finished" : "Paused"}. ${stands}.`;
}

// The dial to turn after a divergence, in the words of the playground in chapter 18.
function cure({ start, rate, L2 }) {
  if (start === "normal 1") return "Turn start to He or Xavier; if it still diverges, turn rate down.";
  if (rate * L2 > 0.1) return "Turn L2 down, or rate.";
  return "Turn rate down.";
}
