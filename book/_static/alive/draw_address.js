// What the page's address says, and what it should say: ?sample=4&unit=37&label=2&prepare=off&network=mine, or
// ?drawing=... with the strokes; ?drawing=kept is the one that was begun on the welcome page. Nonsense is left
// out, and a sentence says what was given and wanted.

import { kept_drawing } from "./load.js";
import { PEN } from "./prepare.js";

const KEYS = ["sample", "drawing", "unit", "label", "prepare", "network"];
const FINE = 36 * 36 - 1;  // a coordinate is two digits to the base of 36
const LONGEST = 1500;  // letters of a drawing: a longer one stays out of the address

// {sample, drawing, unit, label, prepared} as asked, and what to say of those that make no sense.
export function read_address(search, { units, samples }) {
  const query = new URLSearchParams(search), asked = {}, complaints = [];
  const whole = (key, below, what) => {
    if (!query.has(key)) return;
    const given = query.get(key);
    if (/^\d{1,4}$/.test(given) && Number(given) < below) asked[key] = Number(given);
    else complaints.push(`The address asks for ${key} “${given.slice(0, 20)}”; ${what}.`);
  };
  whole("sample", samples, samples ? `there are test images 0 to ${samples - 1}` : "no test images are here");
  whole("unit", units, units ? `this network has units 0 to ${units - 1}` : "this network has no hidden units");
  whole("label", 10, "a label is a digit from 0 to 9");
  if (query.has("prepare")) {
    asked.prepared = query.get("prepare") !== "off";
    if (!["on", "off"].includes(query.get("prepare"))) complaints.push("In the address, prepare is either on or off.");
  }
  if (query.has("network") && query.get("network") !== "mine") {
    complaints.push("In the address, network can only be “mine”: this is the book’s own.");
  }
  if (query.get("drawing") === "kept") asked.drawing = kept_drawing();
  else if (query.has("drawing")) {
    asked.drawing = decoded(query.get("drawing"));
    if (!asked.drawing) complaints.push("The drawing in the address can’t be read, so the page begins with its own.");
  }
  return { asked, complaints };
}

export function write_address({ sample, drawing, mode, unit, label, prepared, mine }) {
  const url = new URL(location.href), said = {
    sample: mode === "pixels" ? sample : null,
    drawing: mode === "draw" && drawing ? encoded(drawing) : null,
    unit, label,
    prepare: prepared ? null : "off",
    network: mine ? "mine" : null,
  };
  for (const key of KEYS) {
    if (said[key] === null) url.searchParams.delete(key);
    else url.searchParams.set(key, said[key]);
  }
  try {
    history.replaceState(history.state, "", url);
  } catch {
    // A browser refuses more than some hundred changes a minute; the next stroke sets the address right.
  }
}

// ---- a drawing as text: the pen in thousandths, then each stroke, two digits a coordinate

function encoded({ strokes, pen }) {
  const two_digits = (share) => Math.round(share * FINE).toString(36).padStart(2, "0");
  const text = [Math.round(pen * 1000), ...strokes.map((stroke) => stroke.flat().map(two_digits).join(""))].join("-");
  return strokes.length && text.length <= LONGEST ? text : null;
}

function decoded(text) {
  if (!/^\d{1,3}(-([0-9a-z]{4})+)+$/.test(text) || text.length > LONGEST) return null;
  const [pen, ...strokes] = text.split("-"), width = Number(pen) / 1000;
  return {
    pen: width >= 0.01 && width <= 0.3 ? width : PEN,
    strokes: strokes.map((stroke) => stroke.match(/.{4}/g).map((point) =>
      [0, 2].map((at) => parseInt(point.slice(at, at + 2), 36) / FINE))),
  };
}
