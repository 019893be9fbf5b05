// What is wider than its place: a formula is broken at its relation signs; what is still too wide scrolls
// inside itself, fades at the edge where it goes on, and is a tab stop, so that the keyboard can scroll it too.
(() => {
  const boxes = ".bd-article :is(div.math, mjx-container[display], .pst-scrollable-table-container, .table-wrapper, pre, .book-scroll, .book-wide)";
  const hidden = (box) => box.scrollWidth - box.clientWidth;

  function fade(box) {
    box.classList.toggle("book-more-left", hidden(box) > 1 && box.scrollLeft > 1);
    box.classList.toggle("book-more-right", hidden(box) > 1 && box.scrollLeft < hidden(box) - 1);
  }

  function mark() {
    for (const formula of document.querySelectorAll('p mjx-container:not([display="true"])')) {
      formula.classList.remove("book-wide");
      const place = formula.closest("p, li, td, dd");
      formula.classList.toggle("book-wide", !place.closest("td") && formula.offsetWidth > place.clientWidth);
    }
    for (const box of document.querySelectorAll(boxes)) {
      if (hidden(box) > 0) box.tabIndex = 0;  // one pixel is enough for a browser to scroll it
      else box.removeAttribute("tabindex");
      fade(box);
    }
  }

  // ---- formulas

  // The places of these signs outside every brace and environment.
  function outside(tex, signs) {
    const found = [];
    let depth = 0;
    for (const piece of tex.matchAll(/\\(?:begin|left)\b|\\(?:end|right)\b|\\[a-zA-Z]+|\\.|[^\\]/gs)) {
      if (/^([{([]|\\begin|\\left)$/.test(piece[0])) depth += 1;
      else if (/^([})\]]|\\end|\\right)$/.test(piece[0])) depth -= 1;
      else if (depth === 0 && signs.includes(piece[0])) found.push(piece.index);
    }
    return found;
  }

  function split(tex, places) {
    return [0, ...places].map((from, i) => tex.slice(from, places[i]));
  }

  // One statement as rows that start with its relation signs: a = b = c gives a, = b, = c.
  function rows(statement) {
    const [first, ...others] = split(statement, outside(statement, ["=", "\\approx", "\\le", "\\ge", "<", ">"]));
    if (!others.length) return [`& ${first}`];
    if (first.length < 24) return [`& ${first} ${others[0]}`, ...others.slice(1).map((part) => `& \\quad ${part}`)];
    return [`& ${first}`, ...others.map((part) => `& \\quad ${part}`)];
  }

  function broken(source) {
    const tex = source.trim().replace(/^\\begin\{split\}(.*)\\end\{split\}$/s, "$1");  // Sphinx adds it
    const aligned = /^\s*\\begin\{aligned\}(.*)\\end\{aligned\}\s*$/s.exec(tex);
    if (aligned) {  // the reason of a line goes under it
      if (/\\begin/.test(aligned[1])) return source;
      const lines = split(aligned[1], outside(aligned[1], ["\\\\"])).map((line) => line.replace(/^\\\\(\[[^\]]*\])?/, ""));
      const start = lines.some((line) => /&(?!&)/.test(line.replaceAll("&&", ""))) ? "" : "& ";
      const under = lines.flatMap((line) => {
        const [said, ...reasons] = line.split("&&");
        const [first, ...others] = split(said, outside(said, ["\\qquad"]));
        return [start + first, ...others.map((part) => `& \\quad ${part.slice(6)}`), ...reasons.map((reason) => `& \\quad {\\small ${reason}}`)];
      });
      return `\\begin{aligned}${under.join("\\\\")}\\end{aligned}`;
    }
    const statements = split(tex, outside(tex, ["\\qquad", "\\quad"])).map((part) => part.replace(/^\\q?quad/, "").trim());
    for (let i = statements.length - 2; i >= 0; i -= 1)  // "with" belongs to what follows it
      if (/^\\text\{[^}]*\}$/.test(statements[i])) statements.splice(i, 2, `${statements[i]}\\ ${statements[i + 1]}`);
    return `\\begin{aligned}${statements.filter(Boolean).flatMap(rows).join("\\\\")}\\end{aligned}`;
  }

  async function breakFormulas() {
    const changed = [];
    for (const item of window.MathJax?.startup?.document?.math ?? []) {
      const box = item.display && item.typesetRoot?.closest(".bd-article div.math");
      if (!box || box.dataset.broken || !box.clientWidth || hidden(box) <= 1 && item.typesetRoot.scrollWidth <= box.clientWidth + 1) continue;
      box.dataset.broken = "yes";
      const tex = broken(item.math);
      if (tex !== item.math) changed.push([box, tex]);
    }
    if (!changed.length) return;
    MathJax.typesetClear(changed.map(([box]) => box));
    for (const [box, tex] of changed) box.textContent = `\\[${tex}\\]`;
    await MathJax.typesetPromise(changed.map(([box]) => box));
  }

  // ---- when

  async function settle() {
    await breakFormulas();
    mark();
    document.documentElement.dataset.bookWidth = innerWidth;  // what a test waits for
  }
  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    await settle();
    document.documentElement.dataset.bookReady = "yes";
  });
  addEventListener("resize", settle);
  addEventListener("toggle", settle, true);
  addEventListener("scroll", (event) => event.target.matches?.(boxes) && fade(event.target), true);

  // Paper is white, and on it every fold is open but the setup, which no reader of paper needs.
  let shut = [], theme = "";
  addEventListener("beforeprint", () => {
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    shut = [...document.querySelectorAll(".bd-article details:not([open])")].filter((fold) => !fold.closest(".tag_setup"));
    for (const fold of shut) fold.open = true;
  });
  addEventListener("afterprint", () => {
    document.documentElement.dataset.theme = theme;
    for (const fold of shut) fold.open = false;
    document.documentElement.classList.remove("book-print-list");
  });

  // A checklist can be printed alone, on one sheet to hang up.
  const list = document.querySelector('.bd-article section[id^="the-checklist"]');
  if (list) {
    const button = document.createElement("button");
    button.className = "book-print";
    button.textContent = "Print this list";
    button.addEventListener("click", () => {
      document.documentElement.classList.add("book-print-list");
      print();
    });
    list.classList.add("book-list");
    list.append(button);
  }
})();
