// Shows how a job goes on: over a WebSocket, which counts no requests; where that fails, by asking now and then.
"use strict";

(() => {
  const OVER = 1000;
  const FOR_GOOD = [4401, 4404]; // signed out, or no such job
  const RECONNECT = [1, 2, 5, 10, 20, 30]; // seconds
  const ASK = [10, 20, 40, 60];
  const ENDED = ["completed", "failed", "cancelled"];
  const page = () => document.getElementById("job");
  let failures = 0;
  let asked = 0;
  let asking = null;

  const at = (steps, nth) => steps[Math.min(nth, steps.length - 1)] * 1000 * (0.8 + Math.random() * 0.4);
  const look = () => htmx.ajax("GET", page().dataset.look, { source: "#job", target: "#job", select: "#job", swap: "outerHTML" });

  function paint(told) {
    if (!document.getElementById("progress")) return;
    for (const element of page().querySelectorAll("[data-job]")) {
      const value = told[element.dataset.job];
      element.textContent = typeof value === "number" ? value.toLocaleString("en") : value;
    }
    page().querySelector("[data-job=status]").className = `state ${told.status}`;
    page().querySelector("progress").value = told.progress;
  }

  function paintItem(told) {
    const state = page().querySelector(`tr[data-index="${Number(told.index)}"] [data-item]`);
    if (!state) return;
    state.textContent = told.status;
    state.className = `state ${told.status}`;
  }

  function hear(told) {
    if (told.type === "item") paintItem(told);
    else if ("total_tasks" in told) paint(told);
    if (told.type === "complete" || told.type === "error") look();
  }

  async function ask() {
    asking = null;
    if (!document.getElementById("progress")) return; // refused: the page says until when
    if (document.hidden) return askLater();
    await htmx.ajax("GET", page().dataset.progress, { source: "#progress", target: "#progress", select: "#progress", swap: "outerHTML" });
    const status = document.getElementById("progress")?.dataset.status;
    if (ENDED.includes(status)) return look();
    askLater();
  }

  function askLater() {
    asking ??= setTimeout(ask, at(ASK, asked++));
  }

  function connect() {
    let socket;
    try {
      const site = document.querySelector("meta[name=live-url]").content;
      socket = new WebSocket(`${site}/ws/batch/${page().dataset.id}`);
    } catch {
      return askLater(); // the browser forbids it: an address without TLS, perhaps
    }
    socket.addEventListener("open", () => {
      failures = asked = 0;
      clearTimeout(asking);
      asking = null;
    });
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (event.code === OVER) return;
      if (FOR_GOOD.includes(event.code)) return look();
      askLater();
      setTimeout(connect, at(RECONNECT, failures++));
    });
  }

  if (!ENDED.includes(page().dataset.status)) connect();
})();
