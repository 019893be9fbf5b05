// What the reader has read, kept in this browser and nowhere else: no request is made. The button at the foot of a
// chapter sets a mark, which the contents and the welcome page show.
window.bookShelf = (() => {
  // Several books may share one host, as on github.io: each keeps its things under its own address.
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href).pathname;
  const nameOf = (what) => `back-to-basics ${what} ${root}`;
  const inMemory = new Map();  // where the browser keeps nothing
  let keeps = true;
  try {
    localStorage.setItem(nameOf("test"), "");
    localStorage.removeItem(nameOf("test"));
  } catch {
    keeps = false;
  }

  function get(what) {
    try {
      return JSON.parse(keeps ? localStorage.getItem(nameOf(what)) : inMemory.get(what) ?? null);
    } catch {
      return null;  // damaged, or written by something else
    }
  }

  function put(what, value) {
    const text = JSON.stringify(value);
    inMemory.set(what, text);
    try {
      if (keeps) localStorage.setItem(nameOf(what), text);
    } catch {
      keeps = false;  // the storage is full, or was switched off meanwhile
    }
    document.dispatchEvent(new Event("book-shelf"));
  }

  addEventListener("storage", ({ key }) => {  // another tab
    if (key === null || key.endsWith(root)) document.dispatchEvent(new Event("book-shelf"));
  });
  return {
    get keeps() { return keeps; },
    read: () => new Set((Array.isArray(get("read")) ? get("read") : []).filter((stem) => typeof stem === "string")),
    setRead: (stems) => put("read", [...stems].sort()),
    get, put,
  };
})();

(() => {
  const button = document.querySelector(".book-read"), clear = document.querySelector(".book-clear");
  let cleared = null;  // the marks that were cleared, until the page is left

  function show() {
    const read = bookShelf.read();
    for (const place of document.querySelectorAll(".book-done")) {
      if ((place.textContent !== "") === read.has(place.dataset.chapter)) continue;
      place.innerHTML = read.has(place.dataset.chapter) ? '<span aria-hidden="true">✓</span><span class="book-heard">, read</span>' : "";
    }
    button?.setAttribute("aria-pressed", read.has(button.dataset.chapter));
    if (!bookShelf.keeps) document.querySelector(".book-told")?.replaceChildren("This browser keeps nothing for this page, so the mark is gone when you leave it.");
    if (clear) tell(read);
  }

  function tell(read) {
    const all = new Set([...document.querySelectorAll("article .book-done")].map((place) => place.dataset.chapter));
    const marked = [...read].filter((stem) => all.has(stem)).length;
    clear.textContent = cleared ? "Put the marks back" : "Clear the marks";
    clear.classList.toggle("book-away", !marked && !cleared);
    if (marked || cleared) document.querySelector(".book-count").textContent = `You have marked ${marked} of ${all.size} chapters as read, in this browser alone.`;
  }

  button?.addEventListener("click", () => {
    const read = bookShelf.read();
    if (!read.delete(button.dataset.chapter)) read.add(button.dataset.chapter);
    bookShelf.setRead(read);
  });
  clear?.addEventListener("click", () => {
    const before = cleared;
    cleared = before ? null : bookShelf.read();
    bookShelf.setRead(before ?? []);
  });
  document.addEventListener("book-shelf", show);
  addEventListener("pageshow", show);  // also when the browser goes back to a page that it kept
  show();
})();
