/* A survey on a stand: begins anew when somebody is done, or has gone away. */
(() => {
  "use strict";
  const { again, after, idle } = document.body.dataset;
  let timer;
  // Away from the network the page stays: a browser's own error page would never come back by itself.
  const begin = async () => {
    const there = await fetch(again, { method: "HEAD", credentials: "omit" }).catch(() => ({}));
    if (there.ok) location.replace(again);
    else timer = setTimeout(begin, 10000);
  };
  let touched = false;
  const wait = () => {
    clearTimeout(timer);
    const done = document.getElementById("survey").dataset.step !== "question";
    timer = setTimeout(begin, 1000 * (done ? after : touched ? idle : 3600));
  };
  for (const sign of ["pointerdown", "keydown", "input", "htmx:after:swap"]) {
    document.addEventListener(sign, () => ((touched = true), wait()), true);
  }
  addEventListener("pageshow", ({ persisted }) => persisted && begin()); // somebody else's, from the browser's memory
  wait();
})();
