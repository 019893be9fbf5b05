// What is wider than its place scrolls inside itself, and is a tab stop, so that the keyboard can scroll it too.
(() => {
  const boxes = "div.math, mjx-container[display], .pst-scrollable-table-container, .table-wrapper, pre, .book-wide";

  function mark() {
    for (const formula of document.querySelectorAll('p mjx-container:not([display="true"])')) {
      formula.classList.remove("book-wide");
      const place = formula.closest("p, li, td, dd");
      formula.classList.toggle("book-wide", !place.closest("td") && formula.offsetWidth > place.clientWidth);
    }
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    mark();
    document.documentElement.dataset.bookReady = "yes";
  });
  addEventListener("resize", mark);
  addEventListener("toggle", mark, true);
})();
