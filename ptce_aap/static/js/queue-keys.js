// In a work queue (data-queue), j and k go down and up, Enter opens: the links of the lines take the focus.
const lines = [...document.querySelectorAll("[data-queue] tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !lines.length) return;
  event.preventDefault();
  const here = lines.indexOf(document.activeElement);
  const next = here === -1 ? (step === 1 ? 0 : lines.length - 1) : Math.min(Math.max(here + step, 0), lines.length - 1);
  lines[next].focus();
});
