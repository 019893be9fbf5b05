// Moves the pointer that draws through these points, all within one frame; how often the page was told by then.
(points) => {
  const { canvas } = pad, { left, top } = canvas.getBoundingClientRect(), side = canvas.clientWidth;
  for (const [x, y] of points) {
    const place = { clientX: left + canvas.clientLeft + x * side, clientY: top + canvas.clientTop + y * side };
    canvas.dispatchEvent(new PointerEvent("pointermove", { pointerId: pad.pointer, buttons: 1, ...place }));
  }
  return heard.changes.length;
}
