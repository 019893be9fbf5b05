// The page "Draw a digit": what the reader chose, and one recompute() from there to all that is visible.

import { make_bars } from "./draw_bars.js";
import { read_address, write_address } from "./draw_address.js";
import { scribble, two } from "./draw_drawings.js";
import { Editor } from "./draw_editor.js";
import { make_gradient } from "./draw_gradients.js";
import { make_input, make_unit } from "./draw_hidden.js";
import { make_learning } from "./draw_learning.js";
import { make_dlogits, make_logits, make_loss, make_softmax } from "./draw_outputs.js";
import { make_strip, make_way } from "./draw_overview.js";
import { context_of } from "./draw_paint.js";
import { make_preparation } from "./draw_preparation.js";
import { shape_of, strongest_pixel, strongest_unit, trace } from "./draw_trace.js";
import { digit_name, make, number, percent, put, share } from "./draw_words.js";
import { kept_network, load_network, load_samples } from "./load.js";
import { Pad } from "./pad.js";
import { PEN, prepare } from "./prepare.js";

const PENS = { thin: 0.6 * PEN, medium: PEN, thick: 1.5 * PEN };
const STAGES = [make_preparation, make_input, make_unit, make_logits, make_softmax, make_loss, make_dlogits,
  make_gradient, make_learning, make_way, make_strip];
const find = (id) => document.getElementById(id);
const root = document.documentElement;

class Page {
  constructor({ net, about, mine, samples, said }) {
    Object.assign(this, { net, about, mine, samples, shape: shape_of(net), view: null, scribbles: 0 });
    const { asked, complaints } = read_address(location.search,
      { units: this.shape.hidden ? this.shape.first.n_out : 0, samples: samples.length });
    find("draw-said").textContent = [...said, ...complaints].join(" ");
    // null: not chosen, and the page takes what counts most for the digit at hand.
    this.state = { mode: "draw", sample: null, unit: null, label: null, output: null, pixel: null, prepared: true,
      ...asked };
    this.state.drawing ??= two();
    this.state.example = !asked.drawing;  // the page's own, which gives way to the first stroke
    this.bars = make_bars(find("draw-bars"));
    this.#make_desk();
    this.stages = STAGES.map((make_stage) => make_stage(this));
    this.#make_notes();
    this.#show_mode("draw");  // whatever the browser remembers of an earlier visit
    if (asked.sample !== undefined) this.#take_sample(asked.sample);
    this.state.label = asked.label ?? this.state.label;
    this.recompute();
    this.speak();
  }

  // ---- from the drawing to all that is visible

  // later: only the bars at once, the stages as soon as these are on the screen.
  recompute({ later = false } = {}) {
    const { net, shape, state } = this;
    const drawn = state.mode === "draw" ? prepare(state.drawing) : null;
    const [x, unused] = !drawn ? [state.pixels] : state.prepared ? [drawn.x, drawn.plain] : [drawn.plain, drawn.x];
    const empty = !x.some((ink) => ink > 0);
    root.classList.toggle("draw-empty", empty);
    const other = drawn && !empty ? trace(net, unused) : null;
    const found = trace(net, x, state.label);
    this.bars(empty ? null : found.p, Array.from(found.p, percent), found.read);
    this.view = { x, drawn, empty, other, prepared: state.prepared, chosen: state.label !== null, trace: found,
      output: state.output ?? found.y, unit: state.unit ?? strongest_unit(shape, found, found.read) };
    this.view.pixel = state.pixel ?? strongest_pixel(shape, found, shape.hidden ? this.view.unit : found.read);
    clearTimeout(this.waiting);
    if (later) this.waiting = setTimeout(() => this.#show_stages());
    else this.#show_stages();
  }

  #show_stages() {
    if (!this.view.empty) for (const show of this.stages) show(this.view);
  }

  choose(changes) {
    Object.assign(this.state, changes);
    this.recompute();
    this.speak();
  }

  // Once a stroke has ended or a choice is made, not while a line is being drawn.
  speak() {
    const { empty, trace: { p, read } } = this.view, { state } = this;
    put(find("draw-read"), empty ? "The pad is empty: draw a digit."
      : `Read as ${digit_name(read)}, with ${share(p[read])}.`);
    const line = `It reads your scribble as ${digit_name(read)}, with ${share(p[read])}.`;
    put(find("draw-scribble-said"), this.scribbles && state.example ? line : "");
    find("draw-undo").disabled = state.mode === "draw" ? !this.pad.can_undo : !this.editor.earlier.length;
    find("draw-clear").disabled = empty;
    write_address({ ...state, drawing: state.example && !this.scribbles ? null : state.drawing, mine: this.mine });
  }

  // ---- the desk: pad, editor, test images

  #make_desk() {
    const { state } = this;
    this.pad = new Pad(find("draw-canvas"), {
      drawing: state.drawing,
      onstart: () => { if (state.example) this.pad.clear(); },  // who draws wants the page's own digit away
      onchange: (drawing) => {
        Object.assign(state, { drawing, example: false });
        this.recompute({ later: true });
      },
      onstroke: () => this.speak(),
    });
    this.editor = new Editor(find("draw-editor"), {
      onchange: (pixels) => {
        find("draw-sample").value = "";  // no longer that test image, which can be chosen anew
        this.choose({ pixels, sample: null });
      },
    });
    for (const input of document.querySelectorAll("[name=draw-mode]")) {
      input.addEventListener("change", () => this.#use(input.value));
    }
    for (const input of document.querySelectorAll("[name=draw-pen]")) {
      input.checked = Math.abs(PENS[input.value] - this.pad.pen) < 0.001;  // the address has it in thousandths
      input.addEventListener("change", () => {
        this.pad.pen = PENS[input.value];
        this.choose({ drawing: this.pad.drawing });
      });
    }
    find("draw-undo").addEventListener("click", () => this.#tool("undo"));
    find("draw-clear").addEventListener("click", () => this.#tool("clear"));
    const select = find("draw-sample");
    this.samples.forEach(({ label }, i) => {
      const option = make("option", "", `${i}: ${digit_name(label)}`);
      option.value = String(i);
      select.append(option);
    });
    select.disabled = !this.samples.length;
    select.addEventListener("change", () => {
      if (select.value === "") this.#use("draw");
      else this.#take_sample(Number(select.value));
      this.choose({});
    });
    find("draw-scribble-make").addEventListener("click", () => this.#scribble());
  }

  #tool(name) {
    (this.state.mode === "draw" ? this.pad : this.editor)[name]();
    this.speak();
  }

  // The editor goes on from what is at hand: the prepared drawing, or the pixels that were there.
  #use(mode) {
    const { state } = this;
    if (mode === "pixels" && state.mode === "draw" && !this.view.empty) this.editor.pixels = this.view.x;
    this.#show_mode(mode);
    const label = state.sample === null ? state.label : null;  // that of a test image is not the reader's word
    this.choose({ mode, sample: null, label, pixels: this.editor.pixels });
  }

  #take_sample(sample) {
    this.editor.pixels = this.samples[sample].pixels;
    Object.assign(this.state, { mode: "pixels", sample, pixels: this.editor.pixels, label: this.samples[sample].label });
    this.#show_mode("pixels");
  }

  #show_mode(mode) {
    const drawing = mode === "draw";
    document.querySelector(`[name=draw-mode][value=${mode}]`).checked = true;
    find("draw-canvas").hidden = document.querySelector(".draw-pens").hidden = !drawing;
    document.querySelector(".draw-editor").hidden = document.querySelector(".draw-keys").hidden = drawing;
    find("draw-sample").value = drawing ? "" : String(this.state.sample ?? "");
  }

  #scribble() {
    this.scribbles += 1;
    this.pad.drawing = scribble(this.scribbles);
    this.#show_mode("draw");
    this.choose({ mode: "draw", sample: null, label: null, drawing: this.pad.drawing, example: true });
  }

  // ---- what the page says of its network

  #make_notes() {
    const { shape, about, mine } = this, sizes = shape.sizes.join("-");
    const line = mine ? `This is the network that you trained: ${[sizes, shape.activation].filter(Boolean).join(", ")}. `
      : `Network: the book’s own, ${sizes}. `;
    find("draw-network").append(line);
    if (mine) find("draw-network").append(link("Back to the book’s network", null));
    else if (kept()) find("draw-network").append(link("Use the one that you trained", "mine"));
    find("draw-weights").textContent = mine
      ? "The weights at work now are yours, as you trained them in this browser."
      : `The weights come from a run of chapter 11’s recipe (${about.recipe}). They were rounded to 8 bits each, to keep `
        + `this page small. On the 10,000 test images they read ${number(about.quantised)} % right, and `
        + `${number(about.float32)} % before they were rounded.`;
  }
}

// The same page with another network; what is drawn comes along in the address.
function link(words, network) {
  const made = make("a", "", words);
  made.href = "#draw-pad";
  made.addEventListener("click", (event) => {
    event.preventDefault();
    const url = new URL(location.href);
    if (network) url.searchParams.set("network", network);
    else url.searchParams.delete("network");
    url.searchParams.delete("unit");
    location.assign(url);
  });
  return made;
}

function kept() {
  try {
    return kept_network();
  } catch {
    return null;
  }
}

// ---- start

async function network(said) {
  if (new URLSearchParams(location.search).get("network") === "mine") {
    try {
      const found = kept_network();
      if (found) return { ...found, mine: true };
      said.push("No network that you trained is kept in this tab, so this is the book's own.");
    } catch (error) {
      said.push(`${error.message} This is the book's own.`);
    }
  }
  return { ...await load_network(), mine: false };
}

async function start() {
  context_of(make("canvas"));  // before anything else is asked of one
  const said = [], samples = load_samples().catch((error) => {
    said.push(`${error.message} Everything but the test images works.`);
    return [];
  });
  const chosen = await network(said);
  const page = new Page({ ...chosen, samples: await samples, said });
  root.classList.add("draw-runs");
  page.pad.paint();
  return page;
}

export const page = await start().catch((error) => {
  const note = find("draw-note");
  note.setAttribute("role", "alert");
  // What the page throws itself is a sentence; anything else is the browser's word for what it lacks.
  const why = error.constructor === Error ? error.message
    : `This browser lacks something that the page needs (${error.message}).`;
  note.textContent = `${why} The text and the formulas below stand without it.`;
});
