// The controls of a page, for crawl.js: which there are, which a reader sees, and what each is called. Runs before the page's own scripts.
(() => {
  const CONTROLS = `button, summary, input:not([type=hidden]), select, textarea, canvas, [contenteditable=true], [tabindex],
    [role=button], [role=slider], [role=tab], [role=switch], [role=link], [role=checkbox], [role=menuitem]`;

  const is_control = (node) => {
    if (node.matches("a[href], mjx-container *, [tabindex^='-']:not(input, button, select, textarea)")) return false;
    return node.localName !== "canvas" || node.tabIndex >= 0 || getComputedStyle(node).touchAction === "none";
  };
  const shown = (node) => node.isConnected && node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const all = () => [...document.querySelectorAll(CONTROLS)].filter(is_control);
  const words = (node) => node?.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  const named = (node) => {
    const by = node.getAttribute("aria-labelledby")?.split(" ").map((id) => words(document.getElementById(id))).join(" ");
    const name = by || node.getAttribute("aria-label") || words(node.labels?.[0]) || words(node) || node.title || node.placeholder;
    return `${node.type ?? node.getAttribute("role") ?? node.localName}: ${name || node.outerHTML.slice(0, 80)}`;
  };
  const off = (node) => node.matches(":disabled, [aria-disabled=true]");

  window.crawl_controls = { all, named, off, shown, words };
})();
