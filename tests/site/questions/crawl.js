// Operates every control of the page as a reader would, and clicks every link. Answers what did nothing, what is disabled
// without a reason, and where the links lead: {dead, unexplained, links, operated}, each control by its name.
async () => {
  const { effects } = window, { all, named, off, shown, words } = window.crawl_controls, { act, operate } = window.crawl_acts;
  const TRIES = 2, ROUNDS = 6;  // a control may have to wait for what another one wakes
  const settled = new Set(), tried = new Map(), names = new Map(), barred = new Set(all().filter(off));

  // ---- one control

  const dialog = () => document.querySelector("dialog:modal");
  const here = (node) => !dialog() || node.closest("dialog:modal");
  const ready = (node) => !settled.has(node) && shown(node) && !off(node) && here(node);
  const waiting = () => all().filter((node) => ready(node) && (tried.get(node) ?? 0) < TRIES);
  const one = async (node) => {
    const hides = node.matches("button, [type=checkbox]"), others = hides && waiting().length, was = named(node);
    const alive = await operate(node);
    if (alive) settled.add(node);
    tried.set(node, (tried.get(node) ?? 0) + 1);
    names.set(node, was);
    if (alive && hides && waiting().length < others - 5 && !dialog() && shown(node)) node.click();  // it hid them
    await woken_by(node);
  };
  const woken_by = async (node) => {  // each after another press of what has woken it
    const woken = [...barred].filter(ready);
    woken.forEach((other) => barred.delete(other));
    for (const other of woken) {
      if (!ready(other) && shown(node)) await act(node, () => node.click());
      if (ready(other)) await one(other);
    }
  };

  // ---- the page

  const in_dialog = async () => {
    const inside = dialog();
    if (!inside) return;
    for (const control of all().filter((found) => inside.contains(found) && ready(found))) await one(control);
    dialog()?.close();
  };
  const round = async () => {
    for (let queue = waiting(); queue.length; queue = queue.filter((node) => node.isConnected)) {
      const node = queue.shift();
      if (!ready(node)) continue;
      await one(node);
      await in_dialog();
    }
  };
  const reason = (node) => node.title || node.getAttribute("aria-describedby") || node.closest("fieldset, [aria-describedby], label[title]");
  const unexplained = () => all().filter((node) => !settled.has(node) && shown(node) && off(node) && !reason(node)).map(named);
  const follow = (link) => {
    effects.seen.length = 0;
    effects.swallowed = false;
    link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    effects.observer.takeRecords().forEach(() => effects.seen.push("mutation"));
    return { name: words(link) || link.getAttribute("aria-label") || link.title, raw: link.getAttribute("href"), href: link.href,
      swallowed: effects.swallowed && !effects.seen.length, frame: !!link.closest("nav, footer") };
  };

  for (let count = 0; count < ROUNDS && waiting().length; count += 1) await round();
  return {
    operated: names.size,
    dead: [...names].filter(([node]) => !settled.has(node) && tried.get(node) >= TRIES).map(([, name]) => name),
    unexplained: unexplained(),
    links: [...document.querySelectorAll("a[href]")].map(follow),
  };
}
