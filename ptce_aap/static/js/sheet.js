// Saves each criterion of a juror's sheet as it is marked; the page's own buttons do the same without it.
const form = document.getElementById("fiche");
const base = document.querySelector("script[data-marks]").dataset.marks;
const version = form.querySelector("[data-version]");
const told = form.querySelector("[data-saved]");
const bar = document.querySelector("#avancement progress");
const label = document.querySelector("#avancement [data-progress-label]");
const waiting = new Map();
let line = Promise.resolve();
let stopped = false;
let leaving = false;

const tell = (text) => { told.textContent = text; };

const send = async (criterion) => {
  if (stopped) return;
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("version", version.value);
  for (const field of criterion.querySelectorAll("input, textarea, select")) {
    if (field.type !== "radio" || field.checked) body.set(field.name, field.value);
  }
  const name = criterion.dataset.criterion;
  try {
    const answer = await fetch(base + name, { method: "POST", body, headers: { "X-Autosave": "1" } });
    const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.ok) {
      version.value = said.version;
      tell(said.saved);
      if (bar) bar.value = said.given;
      if (label) label.textContent = label.textContent.replace(/^\d+ critères?/, `${said.given} critère${said.given > 1 ? "s" : ""}`);
    } else {
      // Whatever refuses (another tab, a closed marking) is shown in full by the page's own button.
      stopped = answer.status === 409 || answer.status === 404;
      tell(said.message || "Pas enregistré : utilisez le bouton « Enregistrer ».");
    }
  } catch {
    tell("Pas enregistré : le réseau ne répond pas. Votre saisie reste sur cette page.");
  }
};

const save = (criterion, delay) => {
  clearTimeout(waiting.get(criterion));
  waiting.set(criterion, setTimeout(() => {
    waiting.delete(criterion);
    line = line.then(() => send(criterion));
  }, delay));
};

form.addEventListener("input", (event) => {
  const criterion = event.target.closest("[data-criterion]");
  if (criterion) save(criterion, event.target.tagName === "TEXTAREA" ? 1500 : 100);
});

// The page's buttons send the whole sheet: what is on its way arrives first, so that versions follow each other.
form.addEventListener("submit", (event) => {
  if (leaving) return;
  event.preventDefault();
  const button = event.submitter;
  for (const timer of waiting.values()) clearTimeout(timer);
  waiting.clear();
  const enough = new Promise((resolve) => setTimeout(resolve, 4000));
  // A form is not sent again while it is being sent: after this event, never within it.
  Promise.race([line, enough]).then(() => setTimeout(() => {
    leaving = true;
    form.requestSubmit(button);
  }));
});
// Coming back with the browser's button shows this page as it was left: it saves again.
window.addEventListener("pageshow", () => { leaving = false; });
