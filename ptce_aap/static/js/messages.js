// Marks the messages of the page as read once it is shown, instead of the button.
const form = document.querySelector("form[data-mark-read]");
if (form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" } });
  if (answer.ok) form.hidden = true;
}
