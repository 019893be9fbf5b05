// Notes in window.effects whatever a control can bring about, but leaves the page where it is. Runs before the page's own scripts.
(() => {
  const effects = window.effects = { seen: [], noise: new Set() };
  const note = (kind) => { effects.seen.push(kind); };
  const instead = (object, name, kind, answer) => {  // noted, not done
    if (object?.[name]) object[name] = function noted() { note(kind); return answer?.(); };
  };
  const also = (object, names, kind) => {  // noted and done
    for (const name of names) {
      const done = object[name];
      object[name] = function noted(...given) { note(kind); return done.apply(this, given); };
    }
  };
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) instead(window, name, name, () => true);
  instead(Element.prototype, "requestFullscreen", "fullscreen", () => Promise.resolve());
  instead(Clipboard.prototype, "writeText", "clipboard", () => Promise.resolve());
  instead(HTMLInputElement.prototype, "showPicker", "picker");
  instead(Element.prototype, "setPointerCapture", "");  // it knows no pointer that a script makes up
  also(Document.prototype, ["execCommand"], "clipboard");
  also(Storage.prototype, ["setItem", "removeItem", "clear"], "storage");
  also(CanvasRenderingContext2D.prototype, ["fillRect", "clearRect", "drawImage", "putImageData", "fill", "stroke"], "canvas");

  addEventListener("scroll", () => note("scroll"), true);
  addEventListener("submit", (event) => {
    if (!event.defaultPrevented) note("submit");
    event.preventDefault();
  });
  navigation.addEventListener("navigate", (event) => {
    if (event.hashChange || !event.cancelable || event.destination.sameDocument) return;
    note("navigation");
    event.preventDefault();
  });
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    effects.swallowed = Boolean(link && event.defaultPrevented);
    if (link || event.target.type === "file") event.preventDefault();
    if (event.target.type === "file") note("picker");
  });

  effects.observer = new MutationObserver((records) => {
    for (const { target, type, attributeName } of records)
      if (!effects.noise.has(target) && attributeName !== "aria-describedby") note(`${type} ${target.nodeName}`);
  });
  effects.observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})();
