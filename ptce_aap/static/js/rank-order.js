// Orders the dossiers of a region by hand (data-ranks: the greatest number given): each row gets a grip, dragged with the
// mouse or a finger, or moved with the arrow keys. The numbers of the page follow their rows; one button saves them all.
const board = document.querySelector("[data-ranks]");
const said = document.querySelector("[data-said]");
const back = document.querySelector("[data-take-back]");
const body = board.querySelector("tbody");
const field = (row) => row.querySelector("input.app-rank");
const numberOf = (row) => Number.parseInt(field(row).value, 10) || 0;
let before = null;

const state = () => [...body.rows].map((row) => [row, field(row).value]);

// The numbers that the page holds stay the same, in the order of the rows; a dossier that enters takes the next one.
const renumber = (moved) => {
  const ranked = [...body.rows].filter((row) => numberOf(row) || row === moved);
  const held = ranked.map(numberOf).filter(Boolean).sort((one, other) => one - other);
  const last = Math.max(Number(board.dataset.ranks), ...held);
  if (held.length < ranked.length) held.push(last + 1);
  ranked.forEach((row, place) => { field(row).value = held[place]; });
};

const changed = () => field(body.rows[0]).dispatchEvent(new Event("input", { bubbles: true }));

const tell = (row) => {
  const ranked = [...body.rows].filter(numberOf).length;
  said.textContent = `${row.dataset.title} : rang ${field(row).value} (ligne ${[...body.rows].indexOf(row) + 1} sur ${ranked} classées ici). Pas encore enregistré.`;
};

// Puts a row before another, or last; dossiers without a number stay under those that have one.
const place = (row, target) => {
  const held = state();
  const ranked = [...body.rows].filter((one) => numberOf(one) && one !== row);
  const at = target ? [...body.rows].indexOf(target) : body.rows.length;
  const follower = ranked.find((one) => [...body.rows].indexOf(one) >= at);
  if (follower) body.insertBefore(row, follower);
  else if (ranked.length) ranked[ranked.length - 1].after(row);
  renumber(row);
  before = held;
  back.hidden = false;
  changed();
  tell(row);
};

const step = (row, by) => {
  const ranked = [...body.rows].filter(numberOf);
  const here = ranked.indexOf(row);
  if (here === -1) return place(row, null);
  const next = here + by;
  if (next < 0 || next >= ranked.length) {
    said.textContent = by < 0 ? `${row.dataset.title} est déjà en tête.` : `${row.dataset.title} est déjà en dernier.`;
    return undefined;
  }
  return place(row, by < 0 ? ranked[next] : ranked[next + 1] ?? null);
};

const rowAt = (y) => [...body.rows].find((row) => y < row.getBoundingClientRect().top + row.offsetHeight / 2) ?? null;

const follow = (row, grip) => {
  let target = row;
  const clear = () => [...body.rows].forEach((one) => one.classList.remove("app-rows__target", "app-rows__dragged"));
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grip.setPointerCapture(event.pointerId);
    row.classList.add("app-rows__dragged");
    target = row;
  });
  grip.addEventListener("pointermove", (event) => {
    if (!grip.hasPointerCapture(event.pointerId)) return;
    clear();
    row.classList.add("app-rows__dragged");
    target = rowAt(event.clientY);
    if (target !== row) (target ?? body.rows[body.rows.length - 1]).classList.add("app-rows__target");
  });
  grip.addEventListener("pointerup", () => {
    clear();
    if (target !== row && target !== row.nextElementSibling) place(row, target);
  });
  grip.addEventListener("pointercancel", clear);
  grip.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(row, by);
    grip.focus();
  });
};

back.addEventListener("click", () => {
  if (!before) return;
  for (const [row, value] of before) {
    body.append(row);
    field(row).value = value;
  }
  before = null;
  back.hidden = true;
  changed();
  said.textContent = "Le dernier déplacement est annulé.";
});

for (const row of body.rows) {
  const grip = document.createElement("button");
  grip.type = "button";
  grip.className = "app-rows__grip app-rank__grip";
  grip.setAttribute("aria-label", `Déplacer ${row.dataset.title} : flèches haut et bas`);
  grip.title = "Glisser, ou flèches haut et bas";
  field(row).before(grip);
  follow(row, grip);
}
