// Shows the effect of a form at once: each change asks for the page that the form's button would open, and draws the part
// named by data-live again. The address follows, so that the page can be shared; without it, the button does the same.
const form = document.querySelector("form[data-live]");
let last = 0;

const show = async () => {
  const mine = (last += 1);
  const values = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  const address = `${form.action.split("?")[0]}?${values}`;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || mine !== last) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const other = fresh.getElementById(form.dataset.live);
    if (!other || mine !== last) return;
    const name = document.getElementById("nom")?.value;
    document.getElementById(form.dataset.live).replaceWith(other);
    if (name) document.getElementById("nom")?.setAttribute("value", name);
    window.history.replaceState(null, "", address);
  } catch {
    // The network comes back: the button still shows the effect.
  }
};

if (form) form.addEventListener("change", show);
