// The copy that this browser keeps of what could not be saved: one a page, offered back at the next visit, never put in silently.
const DAYS = 30;
const MOST = 20;
const LONGEST = 500_000;
const FAMILY = "ptce-saisie:";

const stored = (prefix) => Object.keys(localStorage).filter((name) => name.startsWith(prefix)).map((name) => {
  try { return { name, ...JSON.parse(localStorage.getItem(name)) }; } catch { return { name, at: 0, parts: {} }; }
}).sort((one, other) => other.at - one.at);

// A copy whose page is still open in another tab is that tab's: it holds a lock of the copy's name.
const alive = async () => {
  const state = await navigator.locks?.query?.();
  return new Set((state?.held ?? []).map((lock) => lock.name));
};

export class LocalCopy {
  constructor(owner) {
    this.prefix = `${FAMILY}${owner}:${window.location.pathname}:`;
    this.name = this.prefix + [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      for (const [rank, copy] of stored(FAMILY).entries()) {
        if (rank >= MOST || Date.now() - copy.at > DAYS * 86_400_000) localStorage.removeItem(copy.name);
      }
    } catch { /* A browser that keeps nothing: autosave goes on without a copy. */ }
    navigator.locks?.request?.(this.name, () => new Promise(() => {}));
  }

  // Keep what changed and is not saved; nothing left to keep, nothing stays. Tells whether it is kept.
  keep(parts) {
    const changed = parts.filter((part) => part.changed);
    const text = JSON.stringify({
      at: Date.now(),
      parts: Object.fromEntries(changed.map((part) => [part.key, { mark: part.mark?.value, entries: part.entries() }])),
    });
    try {
      if (!changed.length) localStorage.removeItem(this.name);
      else if (text.length <= LONGEST) localStorage.setItem(this.name, text);
      return text.length <= LONGEST;
    } catch { return false; }
  }

  // The copies left by pages that are gone.
  async left() {
    try {
      const held = await alive();
      return stored(this.prefix).filter((copy) => copy.name !== this.name && !held.has(copy.name));
    } catch { return []; }
  }

  forget(copy) { localStorage.removeItem(copy.name); }
}

const when = (at) => {
  const of = (options) => new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", ...options });
  const [hour, minute] = of({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at).split(":");
  return `${of({ day: "numeric", month: "long" }).format(at).replace(" ", "\u00a0")} à ${Number(hour)}\u00a0h\u00a0${minute}`;
};

// Show a copy with what the page holds now beside it; the person takes it back or erases it.
export const offer = (form, copy, parts, take, erase) => {
  const of = (name) => document.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
  const note = of("copy");
  const list = note.querySelector("[data-list]");
  note.querySelector("[data-when]").textContent = when(copy.at);
  for (const part of parts) {
    const now = part.words(part.entries());
    for (const [place, [label, text]] of part.words(copy.parts[part.key].entries).entries()) {
      if (text === now[place][1]) continue;
      const pair = of("pair");
      pair.querySelector("[data-name]").textContent = label || part.label;
      pair.querySelector("[data-mine]").textContent = text || "(rien)";
      pair.querySelector("[data-theirs]").textContent = now[place][1] || "(rien)";
      list.append(pair);
    }
  }
  note.querySelector("[data-take]").addEventListener("click", () => { note.remove(); take(); });
  note.querySelector("[data-erase]").addEventListener("click", () => { note.remove(); erase(); });
  form.before(note);
};
