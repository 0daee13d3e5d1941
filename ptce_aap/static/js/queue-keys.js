// In a work queue (data-queue): j and k go down and up, Enter opens (the links of the lines take the focus), x chooses the
// line, / goes to the search, ? shows the keys. Never in a field; a box that is ticked by hand is no field.
const lines = [...document.querySelectorAll("[data-queue] tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);
const typing = 'input:not([type="checkbox"]), textarea, select, [contenteditable]';

function act(key) {
  if (key === "/") {
    const search = document.querySelector('.app-filters input[type="search"]');
    search?.focus();
    return Boolean(search);
  }
  if (key === "?") {
    const help = document.querySelector("[data-keys-help] details");
    if (!help) return false;
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
    return true;
  }
  if (key === "x") {
    const box = document.activeElement.closest("[data-queue] tbody tr")?.querySelector('input[type="checkbox"]');
    box?.click();
    return Boolean(box);
  }
  const step = { j: 1, k: -1 }[key];
  if (!step || !lines.length) return false;
  const row = document.activeElement.closest("[data-queue] tbody tr");
  const here = lines.findIndex((link) => row?.contains(link));
  const next = here === -1 ? (step === 1 ? 0 : lines.length - 1) : Math.min(Math.max(here + step, 0), lines.length - 1);
  lines[next].focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(typing)) return;
  if (act(event.key)) event.preventDefault();
});
