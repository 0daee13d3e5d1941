// Sliders of the weights: the simulation follows the hand. The server computes it; without this, the button does the same.
const form = document.querySelector("[data-weights]");
const shares = new Intl.NumberFormat("fr-FR", { style: "percent", maximumFractionDigits: 1 });
const numbers = new Intl.NumberFormat("fr-FR");
let due, asked;

const say = () => {
  const sliders = [...form.querySelectorAll("input[type=range]")];
  const whole = sliders.reduce((sum, slider) => sum + Number(slider.value), 0);
  for (const slider of sliders) {
    const value = Number(slider.value);
    const said = `${numbers.format(value)}, soit ${shares.format(whole ? value / whole : 0)}`;
    form.querySelector(`output[for="${slider.id}"]`).textContent = said;
    slider.setAttribute("aria-valuetext", said);
  }
};

const draw = async () => {
  asked?.abort();
  asked = new AbortController();
  const address = new URL(form.getAttribute("action") || window.location.pathname, window.location.href);
  address.search = new URLSearchParams(new FormData(form)).toString();
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: asked.signal });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = fresh.querySelector("[data-weights-said]");
    if (!said) return;
    document.querySelector("[data-weights-said]").textContent = said.textContent;
    for (const part of document.querySelectorAll("[data-weights-part]")) {
      part.replaceChildren(...fresh.querySelector(`[data-weights-part="${part.dataset.weightsPart}"]`).children);
    }
    window.history.replaceState(null, "", address);
  } catch {
    // A later move of the hand took its place, or the network is away: the button is still there.
  }
};

form?.addEventListener("input", () => {
  say();
  clearTimeout(due);
  due = setTimeout(draw, 150);
});
