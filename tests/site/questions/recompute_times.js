// Milliseconds from a drawing to its bars, layout included, as the pad asks for them after each stroke.
async (drawings) => {
  const { page } = await import(document.querySelector("script[src$='alive/draw.js']").src);
  const times = [];
  for (const { strokes, pen } of drawings) {
    const start = performance.now();
    page.pad.drawing = { strokes, pen };
    page.pad.onchange(page.pad.drawing);
    document.querySelector("#draw-bars").getBoundingClientRect();
    times.push(performance.now() - start);
    await new Promise((done) => setTimeout(done));  // the stages follow
  }
  return times;
}
