// At the width of a telephone: the page's own width, and what reaches past its edge without
// scrolling inside a box that fits, or stands scrolled away from its left end.
() => ({
  width: document.scrollingElement.scrollWidth,
  cut: [...document.querySelectorAll(
    "div.math, mjx-container, table, pre, .flipbook, .stepper",
  )].filter((node) => {
    const right = (n) => n.getBoundingClientRect().right;
    if (!node.getClientRects().length) return false;
    for (let box = node; box !== document.body; box = box.parentElement)
      if (/auto|scroll/.test(getComputedStyle(box).overflowX))
        return box.scrollLeft !== 0 || right(box) > innerWidth + 1;
    return right(node) > innerWidth + 1;
  }).map((node) => node.outerHTML.slice(0, 150)),
})
