/* A score that was clicked in a mail becomes an answer when a person touches its page. Programs that look at mail open
   every link, run the scripts and wait; what none of them makes is an event that the browser itself vouches for.
   Scrolling is no such sign, though its event is trusted: a script that takes pictures of a page scrolls it, too. Nor
   is a pointer that moves: it may lie where the page comes up. */
(() => {
  "use strict";
  const SIGNS = ["pointerdown", "touchstart", "keydown"];
  const WAIT = 300; // what the same touch does comes first: another score chosen, or Send pressed
  const form = () => document.querySelector("form[data-clicked]");
  let touched = false;
  let timer;
  let told;

  const tell = (leaving) => {
    clearTimeout(timer);
    timer = 0;
    const it = form();
    if (!it) return; // it was sent meanwhile
    const id = it.dataset.clicked;
    const fields = new URLSearchParams({ asked: id, touch: 1 });
    for (const [name, value] of new FormData(it)) {
      if (["a." + id, `a.${id}.other`, "opened"].includes(name)) fields.append(name, value);
    }
    const plain = `${fields}`;
    if (plain === told) return;
    told = plain;
    const detail = { action: it.getAttribute("action"), plain, leaving };
    document.dispatchEvent(new CustomEvent("askonce:touched", { detail }));
  };
  const soon = () => (timer ||= setTimeout(tell, WAIT));

  const touch = ({ isTrusted }) => {
    if (!isTrusted || touched || !form()) return;
    touched = true;
    soon();
  };
  for (const sign of SIGNS) addEventListener(sign, touch, { capture: true, passive: true });
  // What she chooses after that counts as it stands.
  document.addEventListener("change", ({ target }) => touched && form()?.contains(target) && soon());
  // Her words are not saved before they are sent.
  document.addEventListener("input", ({ target }) => {
    if (target.matches("textarea")) document.querySelector("[data-saved]").hidden = true;
  });
  addEventListener("pagehide", () => timer && tell(true));
})();
