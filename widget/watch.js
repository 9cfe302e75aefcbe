/* Looks out for what may start a survey. `start(watch, hit, signal)`: `hit(kind, value)` is called once for each thing
   that happens, until `signal` says that it is enough. */
export default ({ dwell = [], scroll = [], exit, elements = [] }, hit, signal) => {
  const on = (target, type, hear, more) => target.addEventListener(type, hear, { passive: true, signal, ...more });

  // ── Time on the page, while it is looked at ─────────────────────────────────────────────────────────
  const begun = performance.now();
  let away = document.hidden ? begun : 0;
  let lost = 0;
  on(document, "visibilitychange", () => {
    if (document.hidden) away = performance.now();
    else lost += performance.now() - away;
  });
  for (const seconds of dwell) {
    const look = () => {
      if (signal.aborted) return;
      if (document.hidden) return on(document, "visibilitychange", () => setTimeout(look), { once: true });
      const left = seconds * 1000 - (performance.now() - begun - lost);
      if (left < 10) hit("dwell", seconds);
      else setTimeout(look, left);
    };
    look();
  }

  // ── How far down, of the page or of the part of it that scrolls ─────────────────────────────────────
  const left = new Set(scroll);
  let waits = false;
  const far = (box) => {
    waits = false;
    if (signal.aborted || box.clientHeight < innerHeight / 2) return;
    const percent = (100 * (box.scrollTop + box.clientHeight)) / box.scrollHeight;
    const reached = [...left].filter((each) => percent >= each - 0.5);
    reached.forEach((each) => left.delete(each));
    if (reached.length) hit("scroll", Math.max(...reached));
  };
  if (scroll.length) {
    on(document, "scroll", ({ target }) => {
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => far(target === document ? document.scrollingElement : target));
    }, { capture: true });
  }

  // ── Out at the top, where the tabs and the address are; a finger has no such way ────────────────────
  if (exit) {
    on(document, "mouseout", ({ relatedTarget, clientY }) => {
      if (!relatedTarget && clientY <= 0) hit("exit", true);
    });
  }

  // ── Elements: clicked, or come into view, also those that come later ────────────────────────────────
  const find = (selector, root = document) => {
    try {
      return root === document ? document.querySelector(selector) : root.closest?.(selector);
    } catch {}
  };
  const missing = new Set(elements);
  const met = (selector) => missing.delete(selector) && hit("element", selector);
  if (!elements.length) return;
  on(document, "click", ({ target }) => [...missing].forEach((each) => find(each, target) && met(each)), { capture: true });
  const seen = new Map();
  const looking = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) met(seen.get(target));
  });
  const search = () => {
    for (const each of missing) {
      const found = find(each);
      if (!found || seen.has(found)) continue;
      seen.set(found, each);
      looking.observe(found);
    }
  };
  let soon;
  const changes = new MutationObserver(() => {
    soon ||= setTimeout(() => ((soon = 0), search()), 250);
  });
  changes.observe(document.documentElement, { childList: true, subtree: true });
  signal.addEventListener("abort", () => (looking.disconnect(), changes.disconnect()));
  search();
};
