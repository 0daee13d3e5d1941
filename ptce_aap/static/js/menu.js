// The account menu is a native <details>: Escape and a click elsewhere close it.
const menu = document.querySelector("[data-menu]");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
}

// What this browser had kept of a text (js/local-copy.js) goes once the text is saved, and when its author signs out.
const FAMILY = "ptce-saisie:";
const kept = (prefix) => Object.keys(localStorage).filter((name) => name.startsWith(prefix));
const { received } = document.body.dataset;
if (received?.startsWith(FAMILY)) localStorage.removeItem(received);
document.querySelector("form[data-copies]")?.addEventListener("submit", (event) => {
  const mine = kept(`${FAMILY}${event.target.dataset.copies}:`);
  if (!mine.length) return;
  if (window.confirm("Une saisie n’a pas pu être enregistrée : elle n’existe que dans ce navigateur, et se déconnecter l’efface. Se déconnecter quand même\u00a0?")) {
    for (const name of mine) localStorage.removeItem(name);
  } else event.preventDefault();
});
