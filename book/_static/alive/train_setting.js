// What a setting is: a value for each dial, in the words of the notebook's playground (chapter 18).
// How one is checked, and how it stands in the address of the page.

export const DIALS = {  // the stops of each dial; a number between two stops may come from the address
  depth: [0, 1, 2, 3],
  width: [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128],
  activation: ["ReLU", "tanh", "sigmoid"],
  start: ["He", "Xavier", "normal 0.001", "normal 1", "zeros"],
  rate: [0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  batch_size: [1, 4, 8, 16, 32, 64, 128, 256, 512, 2000],
  L2: [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
  images: [100, 200, 500, 1000, 2000],
  epochs: [1, 2, 3, 5, 10, 20, 30, 50, 100],
};
const RANGES = {
  depth: [0, 3], width: [1, 128], rate: [0, 100], batch_size: [1, 2000], L2: [0, 10], images: [100, 2000],
  epochs: [1, 200], seed: [0, 9999],
};
const FRACTIONS = ["rate", "L2"];  // every other number is a whole one

export const START = {
  depth: 1, width: 32, activation: "ReLU", start: "He", rate: 0.2, batch_size: 32, L2: 0, images: 2000, epochs: 10,
  seed: 0,
};

// The value of a dial from text; an Error says what was given and wanted.
export function parsed(dial, text) {
  const refused = (wanted) => new Error(`${label(dial)} was given as “${shortened(text)}”, wanted ${wanted}`);
  if (!(dial in RANGES)) {
    const value = DIALS[dial].find((name) => name.toLowerCase() === text.toLowerCase());
    if (value === undefined) throw refused(`one of ${DIALS[dial].join(", ")}`);
    return value;
  }
  const [least, most] = RANGES[dial], whole = !FRACTIONS.includes(dial);
  const plain = whole ? /^\d+$/ : /^\d*\.?\d+(e-?\d+)?$/i;
  const value = plain.test(text) ? Number(text) : NaN;
  if (!(least <= value && value <= most)) {
    throw refused(`a ${whole ? "whole " : ""}number from ${least} to ${most.toLocaleString("en")}`);
  }
  return value;
}

const shortened = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

export const label = (dial) => dial.replace("_", " ");

export const as_read = (value) => (typeof value === "number" && value >= 1000 ? value.toLocaleString("en") : `${value}`);

// Whether two settings agree in every dial but the seed.
export function alike(one, other) {
  return Object.keys(START).every((dial) => dial === "seed" || one[dial] === other[dial]);
}

// ---- the address

// {setting, preset, image, notes}: what ?preset=zeros&seed=3 asks for; a note for each thing it can't have.
export function from_address(search, presets, images) {
  const asked = new URLSearchParams(search), notes = [];
  let preset = presets[0], image = 0;
  if (asked.has("preset")) {
    const named = presets.find(({ name }) => name === asked.get("preset"));
    if (!named) notes.push(`There is no preset “${shortened(asked.get("preset"))}”`);
    preset = named ?? preset;
  }
  const setting = { ...START, ...preset.setting };
  for (const [key, text] of asked) {
    try {
      if (Object.hasOwn(START, key)) setting[key] = parsed(key, text);
      else if (key === "image") image = held_out(text, images);
      else if (!OTHERS.test(key)) notes.push(`There is no dial “${shortened(key)}”`);
    } catch (error) {
      notes.push(error.message);
    }
  }
  return { setting, image, notes };
}

const OTHERS = /^(preset|highlight|utm_.*)$/;  // the preset was read before; the last two mean other things

function held_out(text, images) {
  if (/^\d+$/.test(text) && Number(text) < images) return Number(text);
  throw new Error(`image was given as “${shortened(text)}”, wanted a held-out image from 0 to ${images - 1}`);
}

// The query that leads back to this setting: a preset and the dials that differ from it.
export function to_address(setting, image, presets) {
  const preset = presets.find((one) => alike(setting, { ...START, ...one.setting })) ?? presets[0];
  const from = { ...START, ...preset.setting }, query = new URLSearchParams();
  if (preset !== presets[0]) query.set("preset", preset.name);
  for (const dial of Object.keys(START)) {
    if (setting[dial] !== from[dial]) query.set(dial, setting[dial]);
  }
  if (image) query.set("image", image);
  return query.toString();
}
