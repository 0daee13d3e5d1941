// Says beside a number, when one leaves it, what is wrong in it: the sentence is the server's. A form that saves itself tells it too.
for (const list of document.querySelectorAll("[data-identifiers]")) {
  for (const { dataset } of list.children) {
    const field = document.getElementById(dataset.field);
    const place = document.getElementById(`${dataset.field}-messages`);
    if (!field || !place || field.form?.dataset.autosave) continue;
    field.addEventListener("change", async () => {
      const typed = field.value;
      const asked = new URLSearchParams({ genre: dataset.kind, valeur: typed });
      const answer = await fetch(`${list.dataset.identifiers}?${asked}`, { headers: { "X-Autosave": "1" } }).catch(() => null);
      if (!answer?.ok || answer.redirected || field.value !== typed) return; // the server says it again when one saves
      const { message } = await answer.json();
      const said = document.createElement("p");
      said.className = "fr-message fr-message--error";
      said.textContent = message;
      place.replaceChildren(...(message ? [said] : []));
      place.setAttribute("aria-live", "polite");
      field.toggleAttribute("aria-invalid", Boolean(message));
      if (message) field.setAttribute("aria-invalid", "true");
      field.classList.toggle("fr-input--error", Boolean(message));
    });
  }
}
