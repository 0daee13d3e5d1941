// Follows a long job: reads {state, done, total, message, href} at data-progress every second, more slowly when it lasts.
for (const box of document.querySelectorAll("[data-progress]")) {
  const bar = box.querySelector("progress");
  const label = box.querySelector("[data-progress-label]");
  let wait = 1000;
  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const job = await answer.json();
      bar.max = job.total || 1;
      bar.value = job.done || 0;
      if (job.message && label.textContent !== job.message) label.textContent = job.message;
      if (job.state === "done" || job.state === "failed") {
        window.location.assign(job.href || window.location.href);
        return;
      }
    } catch {
      // The network comes back or the reader reloads: nothing is lost.
    }
    wait = Math.min(wait * 1.2, 8000);
    setTimeout(ask, wait);
  };
  setTimeout(ask, wait);
}
