// Numbers, words and formulas as the live pages print them.

const MINUS = "\u2212", HARD = "\u00a0";

export function number(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
}

// With enough digits for a number far below 1: 0.00042 rather than 0.00.
export function small(value, digits = 3) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 0.001) return number(value, size >= 1 ? digits - 1 : digits + 1);
  const [part, power] = size.toExponential(1).split("e");
  return `${value < 0 ? MINUS : ""}${part} · 10${superscript(power)}`;
}

// A probability or a loss, which may come very near to 0.
export const fine = (value) => (value < 0.0001 ? small(value) : number(value, 4));

const superscript = (power) => [...String(Number(power))].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("");

// A share of a softmax is never 0 nor 1, and is not called so: <0.1 % beside a bar, in a sentence
// "less than 0.1 %".
export function percent(p) {
  if (p > 0.9995) return `>99.9${HARD}%`;
  if (p < 0.0005) return `<0.1${HARD}%`;
  return `${number(100 * p, p < 0.01 || p > 0.99 ? 1 : 0)}${HARD}%`;
}

export const share = (p) => percent(p).replace("<", "less than ").replace(">", "more than ");

// Only what has changed is written, so that only that is spoken.
export function put(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

export const signed = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);

export const digit_name = (c) => (c === 8 ? "an 8" : `a ${c}`);

export const place = (k) => `row ${Math.floor(k / 28)}, column ${k % 28}`;  // of a pixel

export const count = (n, thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;

// ---- formulas in a line of text: "W_1[3, k] = 0.2" with its letters slanted and its subscripts low

export function maths(text) {
  const made = document.createDocumentFragment();
  for (const [piece, name, low] of text.matchAll(/([A-Za-z]+)(?:_(\d))?|[^A-Za-z]+/g)) {
    if (!name) made.append(piece);
    else {
      made.append(/^d?[A-Za-z]$/.test(name) ? make("i", "", name) : name);
      if (low) made.append(make("sub", "", low));
    }
  }
  return made;
}

// A chain "left = … = …" that may break at its signs of equality only.
export function equation(...parts) {
  const line = make("p", "draw-equation");
  parts.forEach((part, i) => line.append(make("span", "", maths(i ? `= ${part}` : part)), " "));
  return line;
}

export function make(tag, style = "", ...children) {
  const made = document.createElement(tag);
  if (style) made.className = style;
  made.append(...children);
  return made;
}
