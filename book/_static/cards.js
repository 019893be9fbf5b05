// A link to a formula, a word, a figure or a source shows what it leads to, under the pointer and on focus. Under a
// finger, which can't hover, the first tap shows the card and a second one follows the link.
// The cards stand in the page's own template, so that nothing is fetched; Escape puts one away.
(() => {
  const store = document.getElementById("book-cards");
  if (!store) return;
  const contents = new Map([...store.content.children].map((card) => [card.dataset.for, card]));
  const card = document.createElement("div");
  Object.assign(card, { id: "book-card", className: "book-card", hidden: true });
  card.setAttribute("role", "tooltip");
  document.body.append(card);
  let link = null, timer = 0;

  function place() {
    const at = link.getClientRects()[0], gap = 8;
    const left = Math.min(at.left, document.documentElement.clientWidth - card.offsetWidth - gap);
    const above = at.top - card.offsetHeight - gap;
    card.style.left = `${Math.max(gap, left) + scrollX}px`;
    card.style.top = `${(above > gap ? above : at.bottom + gap) + scrollY}px`;
  }

  async function show(to) {
    hide();
    link = to;
    card.replaceChildren(...contents.get(to.getAttribute("href")).cloneNode(true).childNodes);
    card.hidden = false;
    to.setAttribute("aria-describedby", card.id);
    place();
    if (card.textContent.includes("\\(") || card.textContent.includes("\\[")) {
      await window.MathJax?.typesetPromise?.([card]);
      if (link === to) place();
    }
  }

  function hide() {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    link = null;
    card.hidden = true;
  }

  const later = (what, after) => {
    clearTimeout(timer);
    timer = setTimeout(what, after);
  };
  const linkOf = (event) => {
    const found = event.target.closest?.("a.book-ref");
    return found && contents.has(found.getAttribute("href")) ? found : null;
  };
  document.addEventListener("mouseover", (event) => {
    const over = linkOf(event);
    if (over && over !== link) later(() => show(over), 150);
    else if (over || card.contains(event.target)) clearTimeout(timer);
    else if (link) later(hide, 250);
  });
  document.addEventListener("focusin", (event) => {
    const over = linkOf(event);
    if (over) show(over);
    else if (!card.contains(event.target)) hide();
  });
  let tapped = null;  // the link under a finger whose card was not there yet
  document.addEventListener("pointerdown", (event) => {
    const under = linkOf(event);
    tapped = event.pointerType === "touch" && under !== link ? under : null;
    if (event.pointerType === "touch" && !under && !card.contains(event.target)) hide();
  });
  document.addEventListener("click", (event) => {
    if (!tapped || linkOf(event) !== tapped) return;
    event.preventDefault();
    if (link !== tapped) show(tapped);
    tapped = null;
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", () => link && document.activeElement !== link && later(hide, 250), { passive: true });
})();
