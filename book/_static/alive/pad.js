// A pad to draw a digit on: mouse, finger or pen, one at a time, on a canvas of the page.
//
// The page's style sheet gives the canvas its size (a square) and its colours, as custom properties:
// --pad-paper, --pad-ink and, for the frame of the 20 x 20 box, --pad-line. The strokes are kept as
// shares of the pad (see prepare.js), so that neither size, nor screen, nor colours change a drawing.
// A pad cannot be drawn on by keyboard: it is an image, whose aria-label the page keeps up to date.

import { PEN, clipped } from "./prepare.js";

const NEAR = 0.002;  // points closer together than this share of the pad add nothing

export class Pad {
  #pen = PEN;

  // onstart() before the first point of a stroke; onchange(drawing) at most once a frame while it is drawn,
  // once at its end, and after undo and clear; onstroke(drawing) when a stroke has ended.
  constructor(canvas, { drawing = { strokes: [] }, onstart, onchange, onstroke } = {}) {
    Object.assign(this, { canvas, onstart, onchange, onstroke, cleared: [], pointer: null, frame: null });
    this.drawing = drawing;
    canvas.setAttribute("role", "img");
    canvas.style.touchAction = "none";  // a finger draws, and does not scroll the page
    canvas.style.userSelect = canvas.style.webkitUserSelect = "none";  // nor selects text, where it rests
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(kind, (event) => this.#leave(event));
    }
    canvas.addEventListener("contextmenu", (event) => {  // a finger that rests asks for no menu
      if (this.pointer !== null) event.preventDefault();
    });
    new ResizeObserver(() => this.paint()).observe(canvas);
    new MutationObserver(() => this.paint())
      .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.#watch_density();
  }

  get drawing() { return { strokes: this.strokes.map((stroke) => stroke.slice()), pen: this.#pen }; }

  // Shows a drawing; a stroke under way ends. As with the value of an input, nobody is told.
  set drawing(drawing) {
    const { strokes, pen } = clipped(drawing);
    Object.assign(this, { strokes, cleared: [], pointer: null });
    this.pen = pen;
  }

  get pen() { return this.#pen; }

  set pen(pen) {  // of the whole drawing
    this.#pen = clipped({ strokes: [], pen }).pen;
    this.paint();
  }

  get can_undo() { return this.strokes.length + this.cleared.length > 0; }

  // Takes the last stroke away, or brings back what clear() took.
  undo() {
    if (this.strokes.length) this.#replace(this.strokes.slice(0, -1), this.cleared);
    else this.#replace(this.cleared, []);
  }

  clear() { this.#replace([], this.strokes.length ? this.strokes : this.cleared); }

  #replace(strokes, cleared) {
    Object.assign(this, { strokes, cleared, pointer: null });
    this.#tell();
  }

  // ---- the pointer

  #start(event) {
    if (this.pointer !== null || event.button !== 0) return;  // a second finger, another button
    this.onstart?.();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes = [...this.strokes, [this.#share(event)]];
    this.#tell_soon();
  }

  #move(event) {
    if (event.pointerId !== this.pointer) return;
    if (event.buttons === 0) return this.#end();  // let go where nobody could see it
    const traces = event.getCoalescedEvents?.() ?? [];
    for (const trace of traces.length ? traces : [event]) this.#add(this.#share(trace));
    this.#tell_soon();
  }

  #leave(event) {
    if (event.pointerId === this.pointer) this.#end();
  }

  #end() {
    this.pointer = null;
    this.#tell();
    this.onstroke?.(this.drawing);
  }

  // Where on the pad, as shares of it. What lies outside is moved to the edge, and the stroke goes on.
  #share({ clientX, clientY }) {
    const { canvas } = this, { left, top } = canvas.getBoundingClientRect();
    const x = (clientX - left - canvas.clientLeft) / canvas.clientWidth;
    const y = (clientY - top - canvas.clientTop) / canvas.clientHeight;
    return [x, y].map((share) => Math.min(Math.max(share, 0), 1));
  }

  #add([x, y]) {
    const stroke = this.strokes.at(-1), [last_x, last_y] = stroke.at(-1);
    if (Math.hypot(x - last_x, y - last_y) >= NEAR) stroke.push([x, y]);
  }

  // ---- who is told

  #tell_soon() {
    this.frame ??= requestAnimationFrame(() => this.#tell());
  }

  #tell() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.paint();
    this.onchange?.(this.drawing);
  }

  // ---- the picture: lines with round ends, which is what rasterise() takes the strokes for

  paint() {
    const { canvas } = this, pen = canvas.getContext("2d");
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const style = getComputedStyle(canvas), colour = (name) => style.getPropertyValue(name).trim();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = colour("--pad-paper") || "white";
    pen.fillRect(0, 0, width, height);
    this.#paint_frame(pen, colour("--pad-line"));
    pen.setTransform(width, 0, 0, height, 0, 0);
    pen.fillStyle = pen.strokeStyle = colour("--pad-ink") || "black";
    Object.assign(pen, { lineWidth: this.#pen, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.strokes) paint_stroke(pen, stroke, this.#pen / 2);
  }

  #paint_frame(pen, colour) {
    if (!colour) return;
    const { width, height } = pen.canvas, step = Math.max(Math.round(devicePixelRatio), 1);
    Object.assign(pen, { strokeStyle: colour, lineWidth: step });
    pen.setLineDash([4 * step, 4 * step]);
    pen.strokeRect(Math.round(width / 7) + step / 2, Math.round(height / 7) + step / 2,
      Math.round(width * 5 / 7), Math.round(height * 5 / 7));
    pen.setLineDash([]);
  }

  // The density of the screen changes with the zoom, and when the window moves to another screen.
  #watch_density() {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
      this.paint();
      this.#watch_density();
    }, { once: true });
  }
}

function paint_stroke(pen, stroke, radius) {
  pen.beginPath();
  if (stroke.length === 1) {
    pen.arc(...stroke[0], radius, 0, 2 * Math.PI);
    pen.fill();
    return;
  }
  for (const [x, y] of stroke) pen.lineTo(x, y);
  pen.stroke();
}
