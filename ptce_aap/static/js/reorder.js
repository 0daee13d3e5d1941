// Lets the rows of a table be dragged to their place: a grip is added to each, and where it is let go, the form is sent
// as if its button had been pressed. The keyboard has the buttons of each row, and the place typed on the row's page.
const rowAt = (body, y) => [...body.rows].find((row) => y < row.getBoundingClientRect().bottom) ?? body.rows[body.rows.length - 1];

const send = (body, row, position) => {
  const button = document.createElement("button");
  button.name = "_acte";
  button.value = `placer:${body.dataset.reorder}:${row.dataset.row}:${position}`;
  button.hidden = true;
  body.closest("form").append(button);
  body.closest("form").requestSubmit(button);
};

const follow = (body, row, grip) => {
  let target = row;
  const clear = () => [...body.rows].forEach((one) => one.classList.remove("app-rows__target", "app-rows__dragged"));
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    row.classList.add("app-rows__dragged");
    target = row;
  });
  grip.addEventListener("pointermove", (event) => {
    if (!grip.hasPointerCapture(event.pointerId)) return;
    target.classList.remove("app-rows__target");
    target = rowAt(body, event.clientY);
    if (target !== row) target.classList.add("app-rows__target");
  });
  grip.addEventListener("pointerup", () => {
    clear();
    if (target !== row) send(body, row, [...body.rows].indexOf(target) + 1);
  });
  grip.addEventListener("pointercancel", clear);
};

for (const body of document.querySelectorAll("[data-reorder]")) {
  if (body.rows.length < 2) continue;
  for (const row of body.rows) {
    const grip = document.createElement("span");
    grip.className = "app-rows__grip";
    grip.setAttribute("aria-hidden", "true");
    grip.title = "Déplacer";
    row.querySelector(".app-rows__actions")?.prepend(grip);
    follow(body, row, grip);
  }
}
