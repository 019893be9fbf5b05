// A chart of two curves over epochs: held-out images solid, training images dashed, and the line of a guess.

const NS = "http://www.w3.org/2000/svg";
const HEIGHT = 165, LEFT = 42, RIGHT = 12, TOP = 10, BOTTOM = 38;  // in pixels, as the width of the place is
const MOST = 400;  // points drawn of a curve

// A node of SVG.
export function make(tag, attributes, text = "") {
  const made = document.createElementNS(NS, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// Round steps of an axis from 0 to top: about `count` of them.
function ticks(top, count) {
  const rough = top / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
}

const plain = (number) => `${Number(number.toPrecision(6))}`;

export class Chart {
  // value(point, set) is what the curve shows, top(points) the end of its axis, shown(number) a tick's label.
  constructor(svg, { value, top, shown = plain, guess, guess_label, guess_below = -5 }) {
    Object.assign(this, { svg, value, top, shown, guess, guess_label, guess_below });
    this.axes = make("g", {});
    this.lines = ["training", "held_out"].map((set) => [set, make("polyline", { class: `train-line train-${set}` })]);
    svg.replaceChildren(this.axes, ...this.lines.map(([, line]) => line));
  }

  draw(points, epochs) {
    const width = this.svg.clientWidth || 300, top = this.top(points), key = `${top} ${epochs} ${width}`;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.x = (epoch) => LEFT + (epoch / epochs) * (width - LEFT - RIGHT);
    this.y = (value) => HEIGHT - BOTTOM - (Math.min(value, top) / top) * (HEIGHT - TOP - BOTTOM);
    if (this.key !== key) this.draw_axes(top, epochs, width - RIGHT);
    this.key = key;
    const stride = Math.ceil(points.length / MOST);
    const some = points.filter((_, i) => i % stride === 0 || i === points.length - 1);
    for (const [set, line] of this.lines) {
      line.setAttribute("points", some.map((point) =>
        `${this.x(point.epoch).toFixed(1)},${this.y(this.value(point[set])).toFixed(1)}`).join(" "));
    }
  }

  draw_axes(top, epochs, right) {
    const bottom = HEIGHT - BOTTOM, drawn = [];
    for (const value of ticks(top, 5)) {
      const y = this.y(value);
      drawn.push(make("line", { x1: LEFT, x2: right, y1: y, y2: y, class: "train-grid" }));
      drawn.push(make("text", { x: LEFT - 6, y: y + 4, class: "train-tick train-tick-y" }, this.shown(value)));
    }
    for (const epoch of ticks(epochs, right > 200 ? 5 : 2)) {
      drawn.push(make("text", { x: this.x(epoch), y: bottom + 16, class: "train-tick" }, plain(epoch)));
    }
    drawn.push(make("text", { x: (LEFT + right) / 2, y: HEIGHT - 4, class: "train-tick" }, "epochs"));
    const y = this.y(this.guess);
    drawn.push(make("line", { x1: LEFT, x2: right, y1: y, y2: y, class: "train-guess" }));
    const words = right > 200 ? this.guess_label : "guess", place = { x: right - 2, y: y + this.guess_below };
    drawn.push(make("text", { ...place, class: "train-tick train-guess-label" }, words));
    this.axes.replaceChildren(...drawn);
  }
}
