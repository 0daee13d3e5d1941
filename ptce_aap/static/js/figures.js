// Keeps the figures beside tables up to date as one types: the form is sent as it is, nothing is saved, and each part of
// the answer takes the place of the one of the same identifier. Without it, the figures are those of what is saved.
const PAUSE = 500;

const ask = async (form, address) => {
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") typed.append(name, value);
  const answer = await fetch(address, { method: "POST", body: typed, headers: { "X-Autosave": "1" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of fresh.querySelectorAll("[id]")) {
    const shown = document.getElementById(part.id);
    if (shown && shown.innerHTML !== part.innerHTML) shown.replaceChildren(...part.childNodes);
  }
};

for (const form of new Set([...document.querySelectorAll("[data-figures]")].map((panel) => panel.closest("form")))) {
  const address = form?.querySelector("[data-figures]").dataset.figures;
  let waiting;
  form?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { ask(form, address).catch(() => {}); }, PAUSE);
  });
}
