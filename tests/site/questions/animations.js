// Counts the animations that a page starts.
window.animations = 0;
const { animate } = Element.prototype;
Element.prototype.animate = function counted(...settings) {
  window.animations += 1;
  return animate.apply(this, settings);
};
