// What the pages can do beyond being read. Every page works without it.
"use strict";

const here = document.currentScript.src;

function programme(table) {
  const rows = [...table.tBodies[0].rows];
  const today = new Date().toISOString().slice(0, 10);
  for (const row of rows) {
    row.classList.toggle("past", row.querySelector("time").dateTime < today);
  }

  const filter = document.getElementById("filter");
  const count = filter.querySelector("output");
  const buttons = [...filter.querySelectorAll("button")];
  const show = (grade) => {
    for (const row of rows) {
      row.hidden = grade !== "" && row.dataset.grade !== grade;
    }
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.value === grade));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = shown === 1 ? "1 walk" : `${shown} walks`;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => show(button.value));
  }
  filter.hidden = false;
  show("");
}

const table = document.getElementById("programme");
if (table) {
  programme(table);
}

// The pages stay readable on the hill, where there is no signal. Browsers allow that over HTTPS and on this machine only.
if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register(new URL("../service-worker.js", here)).catch(() => {});
}
