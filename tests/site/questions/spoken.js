// Notes in window.spoken what each live region of the page that is not off says from now on: [id, words].
() => {
  window.spoken = [];
  for (const region of document.querySelectorAll("article :is([aria-live], [role=status], [role=alert], output)")) {
    new MutationObserver(() => {
      if (region.getAttribute("aria-live") === "off" || !region.textContent) return;
      window.spoken.push([region.id, region.textContent]);
    }).observe(region, { childList: true, characterData: true, subtree: true });
  }
}
