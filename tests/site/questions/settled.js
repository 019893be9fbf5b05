// Whether the welcome page has come to rest: its two written out, no stroke under way, what it reads said.
() => {
  const says = document.getElementById("welcome-says"), pad = document.getElementById("welcome-pad");
  const words = says.textContent + pad.toDataURL(), still = window.welcome_words === words;
  window.welcome_words = words;
  return still && says.getAttribute("aria-busy") === "false";
}
