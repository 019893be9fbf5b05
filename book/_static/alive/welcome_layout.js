// Where things stand in the welcome page's picture, in CSS pixels: from left to right, or, on a narrow page,
// downwards. welcome.css places the pad and sizes the panel; all else is placed from the pad. The numbers hold
// for a panel 740 px wide, or 380 where it is narrow, and grow with it.

const WIDE = 740, NARROW = 380;
const TURN = 680;  // below this width the picture goes downwards, as in welcome.css

// Ten points, one a digit, spread over a length.
const ten = (place) => Array.from({ length: 10 }, (_, c) => place(c));

// The tiles, eight side by side, are as tall as the pad with the image below it.
function wide({ pad, scale }) {
  const right = pad.left + pad.size, side = 84 * scale;
  const pixels = { left: right - side, top: pad.top + pad.size + 26 * scale, size: side };
  const sheet = { left: right + 76 * scale, top: pad.top, tile: 24 * scale, columns: 8 };
  const far = sheet.left + 8 * sheet.tile, x = far + 84 * scale;
  const words = [
    ["draw here", pad.left + pad.size / 2, 23],
    ["784 pixels", pixels.left + side / 2, pixels.top + side + 13],
    ["128 hidden units", (sheet.left + far) / 2, 23],
    ["10 probabilities", x + 50 * scale, 23],
  ];
  const outputs = ten((c) => [x, sheet.top + 16 * sheet.tile * (c + 0.5) / 10]);
  return { along: 0, pixels, sheet, outputs, words, bar: { length: 42 * scale, width: 15 * scale } };
}

// The answer stands beside the pad, since the bars are below the edge of a telephone.
function tall({ pad, scale, width, height }) {
  const side = 84 * scale, left = pad.left + pad.size + 12 * scale;
  const pixels = { left, top: pad.top + pad.size - side, size: side };
  const sheet = { left: 16 * scale, top: pad.top + pad.size + 168, tile: 21.75 * scale, columns: 16 };
  const far = sheet.top + 8 * sheet.tile;
  const words = [
    ["784 pixels", left + side / 2, pixels.top - 14],
    ["128 hidden units", width / 2, sheet.top - 20],
    ["10 probabilities", width / 2, height - 18],
  ];
  const outputs = ten((c) => [width / 2 + (c - 4.5) * 34 * scale, far + 84]);
  const bar = { length: 60 * scale, width: 20 * scale };
  return { along: 1, pixels, sheet, outputs, words, bar, answer: [left + side / 2, pad.top + 52] };
}

// Of the picture's canvas, with the pad's canvas over it.
export function layout(picture, field) {
  const [whole, own] = [picture, field].map((canvas) => canvas.getBoundingClientRect());
  const { width, height } = whole, narrow = width < TURN;
  const pad = { left: own.left - whole.left, top: own.top - whole.top, size: own.width };
  const scale = width / (narrow ? NARROW : WIDE);
  return { width, height, pad, ...(narrow ? tall : wide)({ pad, scale, width, height }) };
}
