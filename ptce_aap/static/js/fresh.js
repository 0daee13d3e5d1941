// Keeps a page fresh: asks data-fresh every few seconds how old its figures are, says it, and draws the parts of the page
// marked data-fresh-part again when they were computed anew. The reader keeps his place; without it, « Actualiser » does the same.
const bar = document.querySelector("[data-fresh]");
let wait = 2000;

const draw = async () => {
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh-part]")) {
    const other = fresh.querySelector(`[data-fresh-part="${part.dataset.freshPart}"]`);
    if (other) part.replaceWith(other);
  }
};

const ask = async () => {
  const here = document.querySelector("[data-fresh]");
  try {
    // Nothing is drawn again under a hand that types or chooses, or in a page that nobody looks at.
    const busy = document.hidden || document.activeElement?.matches("input, select, textarea");
    const answer = document.hidden ? null : await fetch(here.dataset.fresh, { headers: { Accept: "application/json" } });
    if (answer?.ok) {
      const state = await answer.json();
      const said = here.querySelector("[data-fresh-message]");
      if (said.textContent !== state.message) said.textContent = state.message;
      wait = 2000;
      if (!busy && String(state.sequence) !== here.dataset.sequence) await draw();
    }
  } catch {
    // The network comes back: meanwhile the page stays as it is.
    wait = Math.min(wait * 2, 30000);
  }
  setTimeout(ask, wait);
};

if (bar) setTimeout(ask, wait);
