// Sends chosen or dropped files one by one as soon as they are there, with progress, cancel and retry beside each, and draws
// the list of joined files again; without it, files leave with the form. The sentences of refusals are the server's.
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))}\u00a0ko` : `${(bytes / 1e6).toLocaleString("fr-FR", { maximumFractionDigits: 1 })}\u00a0Mo`);
const GONE = "La page n’est plus reconnue\u00a0: votre session a expiré, ou le dossier n’est plus modifiable. Rechargez la page, puis joignez ce fichier de nouveau.";
const CUT = "L’envoi a été coupé\u00a0: le réseau ne répond pas. Ce fichier n’est pas joint\u00a0; les autres ne sont pas touchés.";
const HEAVY = "Ce fichier est trop volumineux\u00a0:";
const waiting = [];
let current = null;

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

const button = (text, about, act) => {
  const made = element("button", "fr-btn fr-btn--tertiary-no-outline fr-btn--sm", text);
  made.type = "button";
  made.append(element("span", "fr-sr-only", ` – ${about}`));
  made.addEventListener("click", act);
  return made;
};

class Sending {
  constructor(zone, file) {
    this.zone = zone;
    this.file = file;
    this.line = element("li", "app-sending");
    this.bar = element("progress", "app-sending__bar");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `Envoi de ${file.name}`);
    this.said = element("span", "app-mention", "En attente");
    this.acts = element("span", "app-sending__acts");
    this.line.append(element("span", "app-sending__name", `${file.name}, ${size(file.size)}`), this.bar, this.said, this.acts);
    zone.sendings.append(this.line);
    const refusal = this.refusedBefore();
    if (refusal) this.fail(refusal, false);
    else this.wait();
  }

  refusedBefore() {
    const { kinds, maximum } = this.zone.place.dataset;
    const known = kinds.split(" ");
    const extension = this.file.name.split(".").pop().toLowerCase().replace("jpeg", "jpg");
    if (!known.includes(extension)) return `Ce genre de fichier n’est pas accepté. Formats acceptés\u00a0: ${known.join(", ").toUpperCase()}.`;
    return this.file.size > Number(maximum) ? `${HEAVY} ${size(Number(maximum))} au plus.` : "";
  }

  wait() {
    this.line.classList.remove("app-sending--failed");
    this.bar.value = 0;
    this.said.before(this.bar);
    this.said.textContent = "En attente";
    this.acts.replaceChildren(button("Annuler", this.file.name, () => this.cancel()));
    waiting.push(this);
    next();
  }

  send() {
    const body = new FormData();
    body.append("fichier", this.file);
    this.request = new XMLHttpRequest();
    this.request.open("POST", this.zone.place.dataset.upload);
    this.request.setRequestHeader("X-CSRFToken", this.zone.place.closest("form").elements.csrf_token.value);
    this.request.setRequestHeader("Accept", "application/json");
    this.request.upload.addEventListener("progress", (event) => this.progress(event));
    this.request.addEventListener("load", () => this.loaded());
    this.request.addEventListener("error", () => this.fail(CUT, true));
    this.request.addEventListener("timeout", () => this.fail(CUT, true));
    this.request.timeout = 300000;
    this.said.textContent = "Envoi…";
    this.request.send(body);
  }

  progress(event) {
    if (!event.lengthComputable) return;
    this.bar.value = Math.round((100 * event.loaded) / event.total);
    this.said.textContent = this.bar.value < 100 ? `${this.bar.value}\u00a0%` : "Vérification du contenu…";
  }

  loaded() {
    let answer = null;
    try {
      answer = JSON.parse(this.request.responseText);
    } catch {
      answer = null;
    }
    if (answer?.list) this.joined(answer);
    else if (this.request.status === 413) this.fail(`${HEAVY} ${size(Number(this.zone.place.dataset.maximum))} au plus.`, false);
    else if (answer?.refusal) this.fail(answer.refusal, answer.again);
    else this.fail(this.request.status >= 500 ? CUT : GONE, true);
  }

  joined(answer) {
    const fresh = new DOMParser().parseFromString(answer.list, "text/html").querySelector("ul");
    document.getElementById(this.zone.place.dataset.list).replaceWith(fresh);
    this.line.remove();
    this.zone.tell(`${this.file.name} est joint.`);
    done(this);
  }

  fail(reason, again) {
    this.line.classList.add("app-sending--failed");
    this.bar.remove();
    this.said.textContent = reason;
    this.acts.replaceChildren(...(again ? [button("Réessayer", this.file.name, () => this.wait())] : []), button("Retirer de la liste", this.file.name, () => this.remove()));
    this.zone.tell(`${this.file.name} n’est pas joint. ${reason}`);
    done(this);
  }

  cancel() {
    const place = waiting.indexOf(this);
    if (place >= 0) waiting.splice(place, 1);
    this.request?.abort();
    this.zone.tell(`L’envoi de ${this.file.name} est annulé.`);
    this.remove();
    done(this);
  }

  remove() {
    this.line.remove();
    this.zone.input.focus();
  }
}

const next = () => {
  if (current || !waiting.length) return;
  current = waiting.shift();
  current.send();
};

const done = (sending) => {
  if (current !== sending) return;
  current = null;
  next();
};

for (const place of document.querySelectorAll("[data-upload]")) {
  const input = place.querySelector("input[type=file]");
  const sendings = element("ul", "app-rows__files");
  const said = element("p", "fr-sr-only");
  said.setAttribute("role", "status");
  place.append(element("p", "app-drop__hint", "Vous pouvez aussi déposer des fichiers ici avec la souris."), sendings, said);
  place.classList.add("app-drop--ready");
  const zone = { place, input, sendings, tell: (text) => { said.textContent = text; } };
  const take = (files) => { for (const file of files) new Sending(zone, file); };
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  // What is already on its way is not something that the form still has to say.
  input.addEventListener("input", (event) => event.stopPropagation());
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      place.classList.add("app-drop--over");
    });
  }
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("app-drop--over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
}

window.addEventListener("beforeunload", (event) => {
  if (current || waiting.length) event.preventDefault();
});
