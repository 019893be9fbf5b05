// Takes the colour from each piece of code whose ink, size and ground another piece before it has: axe, which
// is slow at measuring contrast, need not do it thousands of times for the same pair of colours.
() => {
  const seen = new Set(), grounds = new Map();
  const ground = (node) => {
    if (node && !grounds.has(node)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(node);
      grounds.set(node, [backgroundColor, backgroundImage, opacity, ground(node.parentElement)].join());
    }
    return grounds.get(node);
  };
  const repeats = [...document.querySelectorAll(":is(pre, code) span:not(:has(*))")].filter((piece) => {
    const { color, fontSize, fontWeight, visibility } = getComputedStyle(piece);
    const look = [color, fontSize, fontWeight, visibility, ground(piece)].join();
    return seen.has(look) || !seen.add(look);
  });
  for (const piece of repeats) piece.replaceWith(...piece.childNodes);
}
