// Says how many characters are left in a long text; counts code points, as the server does.
const inWords = (left) => {
  if (left < -1) return `${-left} signes de trop`;
  if (left === -1) return "1 signe de trop";
  return left > 1 ? `Il reste ${left} signes` : left === 1 ? "Il reste 1 signe" : "Il ne reste plus de signe";
};
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
