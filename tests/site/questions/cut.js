// What of code, outputs, formulas, tables and figures reaches past the edge of its place, as
// [kind, whether a fade at that edge says so, the start of its text].
() => [...document.querySelectorAll(
  ".bd-article :is(pre, div.math, mjx-container[display], .pst-scrollable-table-container, .book-scroll)",
)].filter((box) => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
  .map((box) => [
    box.closest(".cell_input, .highlight-python, .highlight-bash") ? "code" : box.className || box.localName,
    box.classList.contains("book-more-right"),
    box.textContent.trim().slice(0, 60),
  ])
