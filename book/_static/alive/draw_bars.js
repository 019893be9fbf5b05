// Ten numbers as bars, a row a digit, and small without their numbers as sticks.

import { make } from "./draw_words.js";

export const DIGITS = Array.from({ length: 10 }, (_, c) => c);

// show(values, texts, read): bars from 0 to 1; null values are an empty pad.
export function make_bars(list) {
  const rows = DIGITS.map((c) => {
    const fill = make("span", "draw-fill"), text = make("span", "draw-amount");
    const row = make("li", "draw-bar", make("span", "draw-digit", String(c)), make("span", "draw-track", fill), text);
    return { row, fill, text };
  });
  list.replaceChildren(...rows.map(({ row }) => row));
  return (values, texts, read) => rows.forEach(({ row, fill, text }, c) => {
    fill.style.setProperty("--share", values ? values[c] : 0);
    text.textContent = values ? texts[c] : "";
    row.classList.toggle("draw-first", values !== null && c === read);
    row.classList.toggle("draw-faint", values === null || Math.abs(values[c]) < 0.01);
  });
}

// show(values, texts, marked): bars to both sides of 0, the longest of the given size, or of the largest number's.
export function make_signed_bars(list, longest = null) {
  const show = make_bars(list), rows = [...list.children];
  return (values, texts, marked) => {
    const most = longest ?? values.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-12);
    show(values.map((v) => Math.abs(v) / most), texts, marked);
    rows.forEach((row, c) => row.classList.toggle("draw-against", values[c] < 0));
  };
}

// show(now, before, texts): two bars a digit.
export function make_double_bars(list) {
  const show = make_bars(list), rows = [...list.children];
  const earlier = rows.map((row) => {
    const made = make("span", "draw-fill draw-before");
    row.querySelector(".draw-track").prepend(made);
    return made;
  });
  return (now, before, texts, read) => {
    show(now, texts, read);
    earlier.forEach((bar, c) => bar.style.setProperty("--share", before[c]));
  };
}

// show(values, read): ten small columns; with `digits`, a digit under each.
export function make_sticks(box) {
  const sticks = DIGITS.map((c) => {
    const stick = make("span", "draw-stick", make("span", "draw-fill"));
    if (box.classList.contains("draw-digits")) stick.append(make("span", "draw-digit", String(c)));
    return stick;
  });
  box.replaceChildren(...sticks);
  return (values, read) => {
    const most = values.reduce((top, v) => Math.max(top, Math.abs(v)), 1);
    sticks.forEach((stick, c) => {
      stick.style.setProperty("--share", Math.abs(values[c]) / most);
      stick.classList.toggle("draw-against", values[c] < 0);
      stick.classList.toggle("draw-first", c === read);
    });
  };
}

// A set of ten radio buttons, or of any values: choose(value) marks one without telling anybody.
export function make_choice(fieldset, values, onchoose) {
  const name = fieldset.id, inputs = values.map((value) => {
    const input = make("input");
    Object.assign(input, { type: "radio", name, value: String(value) });
    input.addEventListener("change", () => onchoose(value));
    return input;
  });
  fieldset.append(make("span", "draw-options", ...inputs.map((input) =>
    make("label", "", input, make("span", "", input.value)))));
  return (value) => inputs.forEach((input, i) => { input.checked = values[i] === value; });
}
