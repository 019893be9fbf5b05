// The dials of the panel: native controls, made from the stops of each dial, with the value that they show.

import { DIALS, as_read, label, parsed } from "./train_setting.js";

const CHOICES = ["activation", "start"];  // lists of names; every other dial is a slider, the seed a number
const IDLE = { width: "depth", activation: "depth" };  // without a hidden layer these two say nothing
const NAMES = { depth: "hidden layers", images: "training images" };

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export class Dials {
  // turned() is called when the reader has turned one; sorry(sentence) for what was typed and can't be.
  constructor(root, setting, turned, sorry) {
    Object.assign(this, { root, turned, sorry, boxes: {}, outputs: {} });
    for (const dial of Object.keys(setting)) root.append(this.row(dial));
    this.turn(setting);
    root.addEventListener("submit", (event) => event.preventDefault());  // Enter in the seed
  }

  row(dial) {
    const id = `train-dial-${dial}`, name = make("label", { htmlFor: id, textContent: NAMES[dial] ?? label(dial) });
    const box = this.boxes[dial] = this.box(dial);
    box.id = id;
    box.addEventListener(box.type === "range" ? "input" : "change", () => this.read(dial));
    const output = this.outputs[dial] = make("output", { htmlFor: id, ariaLive: "off" });  // the slider speaks
    const shows = box.type === "range" ? [output] : [];
    return make("div", { className: `train-dial train-dial-${box.type}` }, name, ...shows, box);
  }

  box(dial) {
    if (CHOICES.includes(dial)) {
      return make("select", {}, ...DIALS[dial].map((value) => make("option", { value, textContent: value })));
    }
    if (dial in DIALS) return make("input", { type: "range", min: 0, step: 1 });
    return make("input", { type: "number", min: 0, max: 9999, step: 1, inputMode: "numeric" });
  }

  // Show a setting. A number between two stops becomes one of them.
  turn(setting) {
    this.setting = { ...setting };
    this.stops = {};
    for (const [dial, value] of Object.entries(setting)) {
      const box = this.boxes[dial];
      if (box.type === "range") {
        const stops = this.stops[dial] = [...new Set([...DIALS[dial], value])].sort((one, other) => one - other);
        Object.assign(box, { max: stops.length - 1, value: stops.indexOf(value) });
        this.tell(dial);
      } else {
        box.value = value;
      }
    }
    this.rest();
  }

  tell(dial) {
    const words = as_read(this.setting[dial]);
    this.outputs[dial].value = words;
    this.boxes[dial].setAttribute("aria-valuetext", words);
  }

  rest() {
    for (const [dial, on] of Object.entries(IDLE)) {
      const idle = this.setting[on] === 0;
      Object.assign(this.boxes[dial], { disabled: idle, title: idle ? "Without a hidden layer there is none to set" : "" });
    }
  }

  read(dial) {
    const box = this.boxes[dial];
    try {
      const value = box.type === "range" ? this.stops[dial][box.value] : parsed(dial, box.value.trim());
      if (value === this.setting[dial]) return;
      this.setting[dial] = value;
    } catch (error) {
      box.value = this.setting[dial];
      this.sorry(`${error.message}. The dial stays at ${this.setting[dial]}.`);
      return;
    }
    if (box.type === "range") this.tell(dial);
    this.rest();
    this.turned();
  }
}
