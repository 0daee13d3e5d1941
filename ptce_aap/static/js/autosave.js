// Saves a form while one types, question by question, and says so; the form's own buttons do the same without it.
const here = document.querySelector("script[data-answers]").dataset;
const { partsOf } = await import(here.answers);
const { LocalCopy, offer } = await import(here.copy);

const PAUSE = 2000; // after the last key
const LEFT = 300; // after a field is left: a button of the form, which sends it all, is pressed within
const LONGEST = 6000; // while one types without a pause
const PATIENCE = 15_000; // for an answer

const form = document.querySelector("form[data-autosave]");
const address = form.dataset.autosave; // none for a row that does not exist yet: it is kept here only
const told = form.querySelector("[data-saved]");
const parts = partsOf(form);
const copy = new LocalCopy(form.dataset.owner);
const later = new Map(); // messages that wait until their field is left
let busy = null; // the request on its way
let unanswered = null; // what was sent and never answered: sent again first, as it was
let failing = 0; // refusals of the network, of the session or of the server in a row
let offline = false; // the last of them was the network's
let stopped = false; // nothing more will be accepted from this page
let leaving = false;
let timer = 0;
let since = 0; // when the oldest change that waits was typed

// A choice that the server asked for is made by the form's buttons.
for (const part of parts) {
  if (part.mark?.closest("[data-question]").querySelector("[data-conflict]")) Object.assign(part, { conflict: true, saved: "" });
}

// What the browser remembers of a form would come back over what is stored: copies are kept here, and offered.
form.setAttribute("autocomplete", "off");

const tell = (text, link, trouble = false) => {
  told.classList.toggle("app-buttons__saved--trouble", trouble);
  if (told.firstChild?.data === text && !link) return;
  told.replaceChildren(text);
  if (!link) return;
  const anchor = Object.assign(document.createElement("a"), { href: link.href, textContent: link.text, target: "_blank", rel: "noopener" });
  anchor.className = "fr-link fr-link--sm";
  told.append(" ", anchor);
};

const waiting = () => (address && !stopped ? parts.filter((part) => part.mark && part.changed && !part.conflict) : []);

const batchOf = (some) => some.map((part) => ({ part, mark: part.mark.value, entries: part.entries() }));

const schedule = (delay) => {
  clearTimeout(timer);
  timer = setTimeout(flush, Math.max(0, delay));
};

const bodyOf = (batch) => {
  const body = new FormData();
  for (const field of form.querySelectorAll("input[name=csrf_token], input[name=_de]")) body.append(field.name, field.value);
  for (const { part, mark, entries } of batch) {
    body.append(part.mark.name, mark);
    for (const [name, value] of entries) body.append(name, value);
  }
  return body;
};

const post = (body, options) => fetch(
  address, { method: "POST", body, headers: { "X-Autosave": "1", Accept: "application/json" }, ...options });

const send = async () => {
  const batch = unanswered ?? batchOf(waiting());
  if (!batch.length) return;
  let answer;
  unanswered = batch;
  let said = {};
  try {
    answer = await post(bodyOf(batch), { signal: AbortSignal.timeout?.(PATIENCE) });
    if (answer.headers.get("Content-Type")?.includes("json")) said = await answer.json();
  } catch {
    answer = null;
  }
  // A page that answers in our place (a hotel's, a proxy's) is no answer of ours.
  offline = !answer || (answer.ok && !said.marks);
  if (offline) return failed(`Pas enregistré : le réseau ne répond pas. ${whereKept()} et sera envoyée dès son retour.`);
  if (answer.status >= 500) return failed(`Pas encore enregistré : le service ne répond pas. ${whereKept()}, nouvel essai dans un instant.`);
  unanswered = null;
  if (said.token) for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = said.token;
  if (answer.ok) return accepted(batch, said);
  if (said.token || said.sign_in) {
    copy.keep(parts);
    const then = said.sign_in ? " Elle sera enregistrée quand vous serez de nouveau connecté." : "";
    failed(said.message + then, said.sign_in && { href: said.sign_in, text: "Se connecter dans un nouvel onglet" });
    if (said.token && failing === 1) schedule(0); // with the fresh token
    return;
  }
  stopped = true;
  const where = whereKept();
  tell(said.message || `Pas enregistré. ${where} : utilisez le bouton « Enregistrer ».`, null, true);
};

// Where what is not saved is meanwhile: a browser may refuse to keep a copy.
const whereKept = () => (copy.keep(parts) ? "Votre saisie est gardée dans ce navigateur" : "Votre saisie n’est que sur cette page");

const failed = (message, link) => {
  failing += 1;
  tell(message, link, true);
  schedule(1000 * 2 ** Math.min(failing, 6));
};

const accepted = (batch, said) => {
  failing = 0;
  for (const { part, entries } of batch) {
    const conflict = said.conflicts[part.key];
    if (conflict) {
      showBoth(part, conflict);
      continue;
    }
    if (said.marks[part.key]) part.mark.value = said.marks[part.key];
    part.settle(entries);
  }
  for (const [id, messages] of Object.entries(said.problems)) showProblems(id, messages);
  copy.keep(parts);
  const held = parts.some((part) => part.conflict);
  tell(held ? `${said.saved}, sauf la réponse qui a deux textes` : said.saved);
  if (waiting().length) schedule(PAUSE);
};

// One request at a time: marks follow each other.
async function flush() {
  clearTimeout(timer);
  while (busy) await busy;
  since = 0;
  busy = send().finally(() => { busy = null; });
  await busy;
}

// A message of the server is shown beside its field, not under the hand that types.
const showProblems = (id, messages) => {
  const field = document.getElementById(id);
  const group = document.getElementById(`${id}-messages`);
  if (!field || !group) return;
  if (field.contains(document.activeElement)) {
    later.set(id, messages);
    return;
  }
  later.delete(id);
  const lines = messages.map((text) => Object.assign(document.createElement("p"), { className: "fr-message fr-message--error", textContent: text }));
  group.replaceChildren(...lines);
  if (field.tagName !== "FIELDSET") field.toggleAttribute("aria-invalid", messages.length > 0);
  if (messages.length && field.tagName !== "FIELDSET") field.setAttribute("aria-invalid", "true");
  const box = field.closest(".app-field");
  for (const kind of ["fr-input-group", "fr-select-group", "fr-fieldset"]) {
    if (box?.classList.contains(kind)) box.classList.toggle(`${kind}--error`, messages.length > 0);
  }
};

// Both texts beside the field, which is left as it is; the other questions go on being saved.
const showBoth = (part, conflict) => {
  const theirs = Object.entries(conflict.stored).flatMap(([name, values]) => values.map((value) => [name, value]));
  const anchor = form.querySelector(`[data-question="${CSS.escape(part.key)}"]`);
  const note = new DOMParser().parseFromString(conflict.note, "text/html").querySelector("[data-conflict]");
  anchor.querySelector("[data-conflict]")?.remove();
  anchor.prepend(note);
  part.conflict = true;
  // The choice is made here: what the form sends afterwards is the field, against the answer that was shown.
  for (const field of note.querySelectorAll("input")) field.setAttribute("form", "");
  let mine = part.entries();
  const choose = (entries) => {
    if (part.conflict) {
      part.conflict = false;
      part.mark.value = conflict.mark;
      part.settle(theirs);
    }
    part.fill(entries);
    flush();
  };
  const [keep, take] = note.querySelectorAll("input[type=radio]");
  keep.addEventListener("change", () => choose(part.conflict ? part.entries() : mine));
  take.addEventListener("change", () => {
    mine = part.entries();
    choose(theirs);
  });
};

const changed = (event) => {
  if (event.target.closest("[data-conflict]")) return;
  copy.keep(parts);
  since ||= Date.now();
  const whole = ["radio", "checkbox", "select-one"].includes(event.target.type);
  if (!failing) schedule(whole ? 200 : Math.min(PAUSE, since + LONGEST - Date.now()));
};
form.addEventListener("input", changed);
form.addEventListener("focusout", (event) => {
  const id = event.target.closest("fieldset.app-field")?.id ?? event.target.id;
  if (later.has(id)) setTimeout(() => showProblems(id, later.get(id) ?? []));
  if (!failing && waiting().length) schedule(LEFT);
});
document.addEventListener("visibilitychange", () => { if (!busy && !leaving) flush(); });
// The page is left: nobody waits for the answer. What is on its way is sent again as it was, which changes nothing
// where it has arrived; what was typed since stays in the copy, which is compared at the next visit.
window.addEventListener("pagehide", () => {
  const batch = unanswered ?? batchOf(waiting());
  if (!leaving && batch.length) post(bodyOf(batch), { keepalive: true }).catch(() => {});
});
for (const name of ["online", "focus"]) window.addEventListener(name, () => { if (failing && !busy) flush(); });

window.addEventListener("beforeunload", (event) => {
  const only = parts.some((part) => part.changed && (failing || stopped || part.conflict || !part.mark || !address));
  if (only && !leaving) event.preventDefault();
});

// The form's buttons send it whole: what is on its way arrives first; without a network, the page stays where it is.
const sending = () => {
  leaving = true;
  clearTimeout(timer);
  copy.keep(parts);
  const name = form.querySelector("input[name=_copie]") ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "_copie" }));
  name.value = copy.name;
};
form.addEventListener("submit", (event) => {
  if (leaving) return;
  clearTimeout(timer);
  if (!busy && !offline) {
    sending();
    return;
  }
  event.preventDefault();
  const enough = new Promise((resolve) => setTimeout(resolve, 4000));
  Promise.race([offline ? flush() : busy, enough]).then(() => setTimeout(() => {
    if (offline && !stopped) return;
    sending();
    form.requestSubmit(event.submitter);
  }));
});
// Coming back with the browser's button shows this page as it was left: it saves again.
window.addEventListener("pageshow", () => { leaving = false; });

form.dataset.ready = "";

// What is stored already as it was typed is forgotten; the rest is offered, with both texts in sight.
const same = async (found) => {
  if (!address) return new Set();
  const batch = found.filter(([part]) => part.mark).map(([part, kept]) => ({ part, mark: part.mark.value, entries: kept.entries }));
  const body = bodyOf(batch);
  body.append("_comparer", "1");
  try {
    const answer = await post(body);
    return new Set(answer.ok ? Object.keys((await answer.json()).marks) : []);
  } catch { return new Set(); }
};

for (const left of await copy.left()) {
  let found = parts.filter((part) => left.parts[part.key]).map((part) => [part, left.parts[part.key]]);
  found = found.filter(([part, kept]) => JSON.stringify(kept.entries) !== JSON.stringify(part.entries()));
  if (found.length) {
    const stored = await same(found);
    found = found.filter(([part]) => !stored.has(part.key));
  }
  if (!found.length) {
    copy.forget(left);
    continue;
  }
  offer(form, left, found.map(([part]) => part), () => {
    for (const [part, kept] of found) {
      part.fill(kept.entries);
      if (part.mark && kept.mark) part.mark.value = kept.mark;
    }
    copy.keep(parts);
    copy.forget(left);
    flush();
  }, () => copy.forget(left));
}
