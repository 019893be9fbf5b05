// How a reader operates a control, for crawl.js, and whether anything comes of it. Runs before the page's own scripts, and after
// effects.js and controls.js.
(() => {
  const PATIENCE = 500;  // milliseconds until a control that did nothing counts as dead
  const frame = () => new Promise(requestAnimationFrame);
  const task = () => new Promise((done) => setTimeout(done));
  const { effects } = window, { shown } = window.crawl_controls;

  // ---- one act, and whether anything came of it

  const begin = async (node) => {
    node.focus({ preventScroll: true });
    effects.noise.clear();
    effects.observer.takeRecords();
    await task();
    const still_moving = effects.observer.takeRecords().length > 0 || effects.seen.length > 0;
    if (still_moving) {  // what moves by itself is nobody's effect
      const noise = new MutationObserver((records) => records.forEach(({ target }) => effects.noise.add(target)));
      noise.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      await new Promise((done) => setTimeout(done, 60));
      noise.disconnect();
    }
    effects.observer.takeRecords();
    effects.seen.length = 0;
    return { href: location.href, look: node.matches("[type=checkbox]") ? look() : "", focus: document.activeElement };
  };
  const look = () => [...document.querySelectorAll("body *")].map((node) => node.getBoundingClientRect().x | 0).join();
  const changed = (node, before) => effects.seen.length > 0 || location.href !== before.href
    || document.activeElement !== before.focus || node.matches("[type=checkbox]") && look() !== before.look;
  const came_of_it = async (node, before) => {
    await task();
    for (const end = performance.now() + PATIENCE; !changed(node, before); await frame()) {
      if (performance.now() > end) return false;
    }
    return true;
  };
  const act = async (node, does) => {
    const before = await begin(node);
    does(node);
    return came_of_it(node, before);
  };
  const every = async (node, acts) => {
    for (const does of acts) if (!await act(node, does)) return false;
    return true;
  };

  // ---- the acts

  const tell = (node, ...kinds) => kinds.forEach((kind) => node.dispatchEvent(new Event(kind, { bubbles: true })));
  const press = (key) => (node) => {
    for (const kind of ["keydown", "keyup"]) node.dispatchEvent(new KeyboardEvent(kind, { key, bubbles: true, cancelable: true }));
  };
  const put = (value) => (node) => {
    node.value = value;
    tell(node, "input", "change");
  };
  const type = (node) => {
    put(node.type === "number" ? Number(node.value) + (Number(node.value) < node.max ? 1 : -1) : `${node.value}7`)(node);
    const sent = node.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    if (sent && node.localName === "input") node.form?.requestSubmit();
  };
  const hand_in = (node) => {  // by the next button
    const follows = (button) => node.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
    [...document.querySelectorAll("button:enabled")].find((button) => follows(button) && shown(button))?.click();
  };
  const draw = (node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    const send = (kind, share, buttons) => node.dispatchEvent(new PointerEvent(kind, { pointerId: 1, bubbles: true, buttons,
      isPrimary: true, clientX: left + share * width, clientY: top + share * height }));
    send("pointerdown", 0.3, 1);
    for (const share of [0.4, 0.5, 0.6]) send("pointermove", share, 1);
    send("pointerup", 0.6, 0);
  };
  const scrolls = (node) => [["scrollLeft", "scrollWidth", "clientWidth"], ["scrollTop", "scrollHeight", "clientHeight"]]
    .find(([, all, seen]) => node[all] > node[seen] + 1);
  const scroll = (node) => {
    const [place, all] = scrolls(node);
    node[place] = node[place] ? 0 : node[all];
  };
  const choose = (node) => {  // from another choice
    const others = [...document.querySelectorAll("[type=radio]:not(:disabled)")].filter(({ name }) => name === node.name);
    if (node.checked) others.find((other) => other !== node)?.click();
    return act(node, () => node.click());
  };
  const KEYS = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "End", "Home", "Enter", " "].map(press);
  const some = async (node, acts) => {
    for (const does of acts) if (await act(node, does)) return true;
    return false;
  };

  const operate = async (node) => {
    if (node.type === "range") {
      const ends = [node.min || "0", node.max || "100"], away = ends.filter((end) => end !== node.value);
      return every(node, [...away, ...ends.slice(0, away.length - 1)].map(put));
    }
    if (node.localName === "select") {
      const values = [...node.options].filter((option) => !option.disabled).map((option) => option.value);
      return every(node, [...values.filter((value) => value !== node.value), node.value].map(put));
    }
    if (node.type === "radio") return choose(node);
    if (node.localName === "textarea" || ["text", "search", "number"].includes(node.type)) return some(node, [type, hand_in]);
    if (node.isContentEditable) return act(node, (field) => { field.textContent += "7"; });
    if (node.localName === "canvas" && getComputedStyle(node).touchAction === "none") return act(node, draw);
    if (node.matches("button, summary, input, [role=button], [role=tab], [role=switch], [role=link], [role=checkbox], [role=menuitem]"))
      return act(node, () => node.click());
    if (scrolls(node)) return act(node, scroll);
    return some(node, KEYS);
  };

  window.crawl_acts = { act, operate };
})();
