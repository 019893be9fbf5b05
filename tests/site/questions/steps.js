// The steps of the preparation of each drawing, but for the raster, which is large.
(drawings) => drawings.map((drawing) => {
  const { box, shift, scaled, x, plain } = prepare(drawing);
  return { box, shift, scaled: [...scaled], x: [...x], plain: [...plain] };
})
