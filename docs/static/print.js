// On paper nothing can be unfolded: parameters and the code of figures are opened for printing, and closed again.
// The source of plumbing stays folded; its entry says what it does.
(() => {
  const folded = () => document.querySelectorAll(".bd-article details:not([open]):not(.source)");
  addEventListener("beforeprint", () => folded().forEach(d => { d.open = true; d.dataset.printed = ""; }));
  addEventListener("afterprint", () => document.querySelectorAll("details[data-printed]").forEach(d => { d.open = false; delete d.dataset.printed; }));
})();
