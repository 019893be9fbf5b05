// The names under the sliders that are cut: by the clip of their tick, or by the edge of their lab.
() => [...document.querySelectorAll(".flipbook-ticks span")].filter((tick) => {
  const range = document.createRange();
  range.selectNodeContents(tick);
  const words = range.getBoundingClientRect(), own = tick.getBoundingClientRect();
  const lab = tick.closest(".flipbook").getBoundingClientRect();
  // "none", or "inset(0px -64px)": how far inwards the clip begins
  const clip = Number.parseFloat(getComputedStyle(tick).clipPath.split(" ").at(-1));
  const [left, right] = Number.isNaN(clip) ? [lab.left, lab.right] : [own.left + clip, own.right - clip];
  return words.width && (words.left < Math.max(left, lab.left) - 1 || words.right > Math.min(right, lab.right) + 1);
}).map((tick) => tick.textContent)
