// Results by keyboard, and addresses without what is left empty.
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.id !== "filters") return;
  const given = event.detail.formData;
  for (const [name, value] of [...given.entries()]) {
    if (value === "") given.delete(name);
  }
});

// Ctrl+K leads to the question; the arrows from one series to the next, once one of them has the focus.
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    document.getElementById("q")?.select();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches(".result h2 a")) return;
  const links = [...document.querySelectorAll(".result h2 a")];
  const next = links[links.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
