// In which of the ten rows of the welcome page's picture, laid out wide, the best digit's bar stands; null for none.
// It is the bar that has the picture's orange, and is at least as long as half of what there is room for.
() => {
  const { width, height } = document.getElementById("welcome-picture");
  const { data } = document.getElementById("welcome-picture").getContext("2d").getImageData(0, 0, width, height);
  const rows = [];
  for (let y = 0; y < height; y += 1) {
    let warm = 0;
    for (let x = Math.round(0.86 * width); x < width; x += 1) {
      const at = 4 * (y * width + x);
      warm += data[at] === 0xff && data[at + 1] === 0xb8 && data[at + 2] === 0x4d;
    }
    if (warm > 0.025 * width) rows.push(y / height);
  }
  if (!rows.length) return null;
  const middle = rows.reduce((sum, y) => sum + y) / rows.length;
  return Math.round((middle * 448 - 44) / 38.4 - 0.5);
}
