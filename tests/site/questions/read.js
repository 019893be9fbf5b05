// What the network reads in each drawing, and how long preparing and reading it takes, in milliseconds.
async (drawings) => {
  const { net } = await load_network();
  return drawings.map((drawing) => {
    const start = performance.now();
    const p = softmax(net.forward(prepare(drawing).x));
    return { read: p.indexOf(Math.max(...p)), milliseconds: performance.now() - start };
  });
}
