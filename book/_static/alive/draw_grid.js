// A canvas that is a grid of cells, with a cursor in one of them: one tab stop, arrow keys, a pointer.
//
// To a screen reader it is a slider over the cells: only the cell that the reader moves to is spoken, and
// nothing while the picture changes underneath.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class GridCursor {
  // onmove(cell) when the reader has moved; onpress(cell, first) on Space or Enter and while a pointer is
  // held down, first at its start; say(cell) is the cell in words; hover: a mouse moves without a press.
  constructor(canvas, { rows, columns, cells = rows * columns, onmove, onpress, say, hover = false }) {
    Object.assign(this, { canvas, rows, columns, cells, onmove, onpress, say, cell: 0, pointer: null });
    this.ring = document.createElement("span");
    this.ring.className = "draw-ring";
    canvas.after(this.ring);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "slider");
    canvas.setAttribute("aria-valuemin", 0);
    canvas.setAttribute("aria-valuemax", cells - 1);
    canvas.parentElement.style.setProperty("--columns", columns);
    canvas.parentElement.style.setProperty("--rows", rows);
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId === this.pointer || (hover && event.pointerType === "mouse")) this.#to(event, false);
    });
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(kind, () => { this.pointer = null; });
    }
    this.show(0);
  }

  // Puts the cursor on a cell and says it; the reader did not ask, so nobody else is told.
  show(cell) {
    this.cell = cell;
    this.ring.style.setProperty("--row", Math.floor(cell / this.columns));
    this.ring.style.setProperty("--column", cell % this.columns);
    this.canvas.setAttribute("aria-valuenow", cell);
    this.canvas.setAttribute("aria-valuetext", this.say(cell));
  }

  #move(cell) {
    if (cell === this.cell || cell < 0 || cell >= this.cells) return;
    this.show(cell);
    this.onmove?.(cell);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [down, right] = STEPS[event.key] ?? [0, 0], { rows, columns } = this;
    const row = Math.floor(this.cell / columns) + down, column = this.cell % columns + right;
    if (down || right) {
      if (row >= 0 && row < rows && column >= 0 && column < columns) this.#move(row * columns + column);
    } else if (event.key === "Home" || event.key === "End") {
      this.#move(event.key === "Home" ? 0 : this.cells - 1);
    } else if (this.onpress && (event.key === " " || event.key === "Enter")) {
      this.onpress(this.cell, true);
      this.show(this.cell);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();  // the page gives some keys a meaning of their own
  }

  #down(event) {
    if (this.pointer !== null || event.button !== 0) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.#to(event, true);
  }

  #to(event, first) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - left) / width * this.columns);
    const row = Math.floor((event.clientY - top) / height * this.rows);
    if (row < 0 || row >= this.rows || column < 0 || column >= this.columns) return;
    const before = this.cell;
    this.#move(row * this.columns + column);
    if (this.pointer !== null && this.onpress && (first || this.cell !== before)) {
      this.onpress(this.cell, first);
      this.show(this.cell);
    }
  }
}
