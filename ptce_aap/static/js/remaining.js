// Says how many characters are left in a long text; counts code points, as the server does.
const signs = (count) => `${count.toLocaleString("fr-FR")}\u00a0signe${count > 1 ? "s" : ""}`;
const inWords = (left) => (left < 0 ? `${signs(-left)} de trop` : left ? `Il reste ${signs(left)}` : "La longueur permise est atteinte");
for (const note of document.querySelectorAll("[data-remaining]")) {
  const area = document.getElementById(note.dataset.remaining);
  if (!area) continue;
  const tell = () => {
    const left = Number(note.dataset.maximum) - Array.from(area.value.trim().normalize("NFC")).length;
    note.textContent = inWords(left);
    note.classList.toggle("app-remaining--over", left < 0);
  };
  area.addEventListener("input", tell);
  if (area.value) tell();
}
