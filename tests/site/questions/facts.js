// What the tests want to know of a page, asked of the browser in one go.
() => {
  const article = document.querySelector("article") ?? document.querySelector("main");
  const texts = [];
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest("code, pre, script, noscript, style, mjx-container")) continue;
    texts.push(node.textContent);
  }
  const leastAlpha = (image) => {
    if (!image.naturalWidth) return 0; // it did not load
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    // The rim of a vector graphic is half a pixel.
    const { data } = pen.getImageData(1, 1, canvas.width - 2, canvas.height - 2);
    let least = 255;
    for (let i = 3; i < data.length; i += 4) least = Math.min(least, data[i]);
    return least;
  };
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const attributes = ["src", "href", "srcset", "action"];
  return {
    title: document.title,
    heading: article.querySelector("h1")?.firstChild.textContent ?? "",
    text: texts.join("\n"),
    printed: all(".cell_output").map((out) => out.textContent).join("\n"),
    emptyOutputs: all(".cell_output .output")
      .filter((out) => !out.textContent.trim() && !out.querySelector("img, svg, canvas, input"))
      .map((out) => out.outerHTML.slice(0, 200)),
    images: [...document.images].map((image) => ({
      src: image.getAttribute("src").slice(0, 100),
      alt: image.getAttribute("alt"),
      width: image.naturalWidth,
    })),
    figures: all("img", article).map((img) => ({ alt: img.alt, alpha: leastAlpha(img) })),
    buttons: all(".article-header-buttons a").map((a) => a.textContent.trim()),
    links: all("a[href]").map((a) => a.href),
    ids: all("[id]").map((node) => node.id),
    slashes: all("[src], [href], [srcset], [action]")
      .flatMap((node) => attributes.map((name) => node.getAttribute(name)))
      .filter((value) => value?.startsWith("/")),
    badMaths: all("mjx-merror, [data-mjx-error]").map((m) => m.textContent),
  };
}
