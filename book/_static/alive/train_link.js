// The way from the page to its trainer: a worker, or, in a browser without module workers, the page itself.

import { Trainer } from "./trainer.js";

const SLICE = 12;  // milliseconds of training at a time, where it shares its thread with the page

// -> {ask(message), alone}; the trainer's news go to hear(news).
export function connect(hear) {
  return new Promise((resolve) => {
    function alone() {
      const trainer = new Trainer(hear, SLICE);
      resolve({ ask: (message) => trainer.hear(message), alone: true });
    }
    let worker;
    try {
      worker = new Worker(new URL("./trainer.js", import.meta.url), { type: "module" });
    } catch {  // no Worker at all, or none of this kind
      alone();
      return;
    }
    worker.addEventListener("error", (event) => {  // an older browser takes the module for a plain script
      event.preventDefault();
      alone();
      hear({ about: "broken" });
    });
    worker.addEventListener("message", ({ data }) => {
      if (data.about !== "ready") hear(data);
      else resolve({ ask: (message) => worker.postMessage(message), alone: false });
    });
  });
}
