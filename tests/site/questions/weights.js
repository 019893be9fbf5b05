// All weights and biases of the network at work on the page "Draw a digit".
async () => {
  const { page } = await import(document.querySelector("script[src$='alive/draw.js']").src);
  return page.net.parameters().map(([W]) => [...W]);
}
