// Keeps a network of these sizes, drawn at random, as the page "Train in the page" keeps one.
async ([sizes, activation]) => {
  const folder = new URL(".", document.querySelector("script[src$='alive/draw.js']").src);
  const { default_rng, he_normal } = await import(new URL("core.js", folder));
  const { keep_network, make_network } = await import(new URL("load.js", folder));
  const rng = default_rng(0), layers = sizes.slice(1).map((n_out, i) => [n_out, sizes[i]]);
  const W = layers.map((shape) => he_normal(shape, rng)), b = layers.map(([n_out]) => new Float64Array(n_out));
  keep_network(make_network({ sizes, activation, W, b }), {});
}
