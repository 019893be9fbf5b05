// Start reveal, and make every slide fit its 1280 x 720 once formulas and pictures have their size.
(() => {
  const WIDTH = 1280, HEIGHT = 720, LEAST = 0.7;

  function leaves() {
    return [...document.querySelectorAll(".slides > section > section")];
  }

  // A slide that is a little too high or wide is drawn a little smaller. The tests hold it to LEAST.
  function fit(slide) {
    slide.style.zoom = 1;
    const scale = Math.min(1, HEIGHT / slide.scrollHeight, WIDTH / slide.scrollWidth);
    if (scale < 1) slide.style.zoom = Math.max(LEAST, Math.floor(1000 * scale - 5) / 1000);
  }

  async function start() {
    await Reveal.initialize({
      width: WIDTH, height: HEIGHT, margin: 0, center: false, hash: true, slideNumber: "c/t",
      transition: "none", viewDistance: 999, pdfSeparateFragments: false,
      plugins: [RevealNotes],
    });
    await window.MathJax.startup.promise;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    leaves().forEach(fit);
    document.documentElement.dataset.deckReady = "";
  }

  window.addEventListener("load", start);
})();
