// All that a test can leave behind on a page, as one number: its nodes, what is chosen and typed, where it is
// scrolled to, what the browser keeps for it.
async () => {
  const field = ({ value, checked, disabled }) => [value, checked, disabled];
  const scrolled = [...document.querySelectorAll("*")].filter((node) => node.scrollLeft || node.scrollTop);
  const text = JSON.stringify([
    document.documentElement.outerHTML,
    [...document.querySelectorAll("input, select, textarea")].map(field),
    scrolled.map((node) => [node.className, node.scrollLeft, node.scrollTop]),
    [location.href, scrollX, scrollY, innerWidth, innerHeight, matchMedia("print").matches],
    [document.activeElement.outerHTML, document.querySelectorAll("dialog[open]").length],
    [Object.entries(localStorage), Object.entries(sessionStorage)],
  ]);
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))].join(" ");
}
