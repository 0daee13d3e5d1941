// Passkeys: the button asks the browser, whose answer travels in the form. Without them the page shows no such button.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

function asked({ publicKey: told }) {
  const publicKey = { ...told, challenge: bytes(told.challenge) };
  if (told.user) publicKey.user = { ...told.user, id: bytes(told.user.id) };
  if (told.excludeCredentials) publicKey.excludeCredentials = known(told.excludeCredentials);
  if (told.allowCredentials) publicKey.allowCredentials = known(told.allowCredentials);
  return { publicKey };
}

function told(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[part]) response[part] = text(credential.response[part]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

if (window.PublicKeyCredential && window.isSecureContext) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const form = place.querySelector("form");
    const answer = place.querySelector("[data-answer]");
    const trouble = place.querySelector("[data-trouble]");
    place.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (answer.value) return;
      event.preventDefault();
      trouble.hidden = true;
      try {
        const options = asked(JSON.parse(place.dataset.options));
        answer.value = told(await navigator.credentials[place.dataset.passkey](options));
        form.requestSubmit();
      } catch {
        trouble.hidden = false;
      }
    });
  }
  for (const sorry of document.querySelectorAll("[data-no-passkey]")) sorry.hidden = true;
}
