// Thirty strokes over the welcome page's pad, each a little longer than the one before. For each: how many
// milliseconds pass from its last event until the bars are painted, with the painting itself done.
() => {
  const pad = document.getElementById("welcome-pad");
  const bars = document.getElementById("welcome-picture").getContext("2d");
  const box = pad.getBoundingClientRect();
  pad.setPointerCapture = () => {};  // which knows no pointer that a script makes up
  const send = (kind, x, y, buttons) => pad.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, button: 0, buttons, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
  document.getElementById("welcome-fresh").click();
  return Array.from({ length: 30 }, (_, n) => {
    document.getElementById("welcome-fresh").click();
    send("pointerdown", 0.3, 0.25, 1);
    for (let i = 1; i <= 30 + n; i += 1) send("pointermove", 0.3 + 0.012 * i * (i < 30), 0.25 + 0.006 * i, 1);
    const start = performance.now();
    send("pointerup", 0.6, 0.8, 0);
    bars.getImageData(0, 0, 1, 1);
    return performance.now() - start;
  });
}
