// In the jury's grid, 0 to 5 gives the mark and the comma or the point adds a half; arrows stay the browser's.
for (const scale of document.querySelectorAll("[data-mark]")) {
  const choose = (half) => {
    const choice = scale.querySelector(`input[value="${half}"]`);
    if (!choice || choice.disabled) return;
    choice.checked = true;
    choice.focus();
    choice.dispatchEvent(new Event("input", { bubbles: true }));
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  };
  scale.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^\d$/.test(event.key)) {
      event.preventDefault();
      choose(Number(event.key) * 2);
    } else if (event.key === "," || event.key === ".") {
      const now = scale.querySelector("input:checked");
      if (now && Number(now.value) % 2 === 0) {
        event.preventDefault();
        choose(Number(now.value) + 1);
      }
    }
  });
}
