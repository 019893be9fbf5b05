// Notes in window.labels what the Run button of the page "Train in the page" is called from now on.
() => {
  const run = document.getElementById("train-run");
  window.labels = [];
  new MutationObserver(() => window.labels.push(run.textContent)).observe(run, { childList: true });
}
