// The digit pixel by pixel, for the keyboard: paper, ink, half ink, paper. A pointer paints too.

import { GridCursor } from "./draw_grid.js";
import { paint_ink } from "./draw_paint.js";
import { place } from "./draw_words.js";

const inks = (value) => (value < 0.25 ? 1 : value > 0.75 ? 0.5 : 0);  // what a press makes of a pixel

export class Editor {
  constructor(canvas, { onchange }) {
    Object.assign(this, { canvas, onchange, values: new Float64Array(784), earlier: [], brush: 1 });
    this.cursor = new GridCursor(canvas, {
      rows: 28, columns: 28, say: (k) => this.#say(k), onpress: (k, first) => this.#press(k, first),
    });
  }

  get pixels() { return this.values.slice(); }

  // Shows these pixels; nobody is told.
  set pixels(values) {
    Object.assign(this, { values: Float64Array.from(values), earlier: [] });
    this.#paint();
  }

  undo() {
    if (this.earlier.length) this.#change(this.earlier.pop());
  }

  clear() {
    this.earlier.push(this.pixels);
    this.#change(new Float64Array(784));
  }

  // The first pixel of a stroke says what the others become.
  #press(k, first) {
    if (first) {
      this.earlier.push(this.pixels);
      this.brush = inks(this.values[k]);
    }
    const values = this.pixels;
    values[k] = this.brush;
    this.#change(values);
  }

  #change(values) {
    this.values = values;
    this.#paint();
    this.onchange(this.pixels);
  }

  #paint() {
    paint_ink(this.canvas, this.values);
    this.cursor.show(this.cursor.cell);
  }

  #say(k) {
    const value = this.values[k], word = value === 0 ? "paper" : value === 1 ? "ink" : `ink ${value.toFixed(2)}`;
    return `${place(k)}: ${word}`;
  }
}
