// Notes what the page shows as read once it is shown (messages, resources), instead of the button.
const form = document.querySelector("form[data-mark-read]");
if (form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" } });
  if (answer.ok) form.hidden = true;
}
