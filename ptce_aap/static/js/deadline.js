// Keeps the deadline of an open page true: asks the server for the time and the closing every minute (without keeping the
// session alive), says when the closing is put off, when ten minutes are left by the server's clock, and when it is past.
const box = document.querySelector("[data-deadline]");
const said = new Set();

const say = (text) => {
  if (said.has(text)) return;
  said.add(text);
  box.querySelector("[data-deadline-told]").textContent = text;
};

const ask = async () => {
  let wait = 60000;
  try {
    const answer = await fetch(box.dataset.deadline, { headers: { Accept: "application/json", "X-Autosave": "1" } });
    if (answer.ok) {
      const state = await answer.json();
      if (state.closes !== box.dataset.closes) {
        box.dataset.closes = state.closes;
        for (const shown of document.querySelectorAll("[data-deadline-shown]")) shown.textContent = state.words;
        say(state.extended);
      }
      if (state.warning) say(state.warning);
      if (state.left > 0 && state.left < 900) wait = 15000;
      if (state.left <= 0) wait = 300000;
    }
  } catch {
    // The network comes back: the page keeps the deadline that it knows.
  }
  setTimeout(ask, wait);
};

if (box) setTimeout(ask, 5000);
