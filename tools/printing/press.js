// What the press asks of a document before it prints.

// The formulas that are not set, as they were typed.
function book_unset() {
  return [...document.querySelectorAll("article .math")].filter((place) => !place.querySelector("mjx-container") || place.querySelector("mjx-merror"))
    .map((place) => place.textContent);
}

// What reaches beyond the paper: the browser would shrink every page for its sake.
function book_wide() {
  const edge = document.documentElement.clientWidth + 1;
  const wide = [...document.querySelectorAll("article *")].filter((node) => node.getBoundingClientRect().right > edge);
  return wide.filter((node) => !wide.includes(node.firstElementChild))
    .map((node) => `${node.closest("section[id]").id}: <${node.localName} class="${node.className}">: ${node.textContent.trim().slice(0, 60)}`);
}

// The numbers of the pages, where they are mentioned.
function book_number(numbers) {
  for (const place of document.querySelectorAll(".book-page")) place.textContent = numbers[place.dataset.anchor];
}
