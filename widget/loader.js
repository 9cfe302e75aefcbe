/* Askonce: asks its server whether this visitor may be asked now; if so, shows one survey in a frame.
   Whatever goes wrong, the page notices nothing. */
(async () => {
  "use strict";
  const tag = document.currentScript;
  const { site, identity = "", user, email, phone, name } = tag.dataset;
  const base = new URL(tag.src).origin;
  const key = "askonce:" + site;
  if (!site || typeof window.askonce === "function") return; // a second tag stays quiet
  window.askonce = () => {};

  const attempt = (risky) => {
    try {
      return risky();
    } catch {}
  };
  const post = (path, body, more) =>
    fetch(base + path, {
      method: "POST",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      body: JSON.stringify(body), // a string goes as text/plain: no preflight
      ...more,
    });

  // When the page is idle, and only once somebody looks at it: a tab in the background is not asked.
  await new Promise((idle) => (window.requestIdleCallback || setTimeout)(idle, { timeout: 300 }));
  if (document.hidden) {
    await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
  }

  // Who is logged in, as 32 bits of a hash: enough to see that it is another person, too little to say who.
  const claims = identity.split(".")[1] || identity;
  const signed = attempt(() => JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub) || claims;
  const person = signed || user || email || phone;
  const who = person && [...String(person)].reduce((hash, letter) => (hash * 33 + letter.codePointAt()) >>> 0, 1);

  let known = attempt(() => JSON.parse(localStorage.getItem(key))) || {};
  if (known.who && who && known.who !== who) known = {}; // someone else's
  else if (known.until > Date.now() && (!who || known.who === who)) return;

  const reply = await post(
    "/w/offer",
    { site, identity, user, email, phone, name, visitor: known.visitor, page: location.origin + location.pathname },
    { signal: AbortSignal.timeout(3000) }
  );
  const { show, frame: src, visitor, rest } = reply.status === 200 ? await reply.json() : {};
  if (show !== true || new URL(src).origin !== base || typeof visitor !== "string" || !Number.isFinite(rest)) return;

  const frame = document.createElement("iframe");
  const listening = new AbortController();
  const { signal } = listening;
  let height = 240;
  let open = false;
  let last = document.activeElement;

  // Inline and important, over "all: initial": no rule of the page reaches it.
  const style = (rules) => {
    for (const name in rules) frame.style.setProperty(name, rules[name], "important");
  };
  // Hung from the lower edge by a transform: that never counts as a layout shift.
  const place = () => {
    const phone = innerWidth < 480;
    const gap = phone ? 0 : 16;
    style({
      width: phone ? "100%" : "384px",
      height: Math.max(96, Math.min(height, 800, innerHeight - 32)) + "px",
      right: gap + "px",
      "border-radius": phone ? "16px 16px 0 0" : "16px",
      transform: `translateY(calc(${open ? 0 : 12}px - 100% - max(${gap}px, env(safe-area-inset-bottom))))`,
    });
  };
  const end = () => {
    const inside = document.activeElement === frame;
    clearTimeout(late);
    listening.abort();
    frame.remove();
    if (inside && last) last.focus({ preventScroll: true });
  };
  const giveBack = () => {
    if (open) return;
    end();
    post("/w/back", { frame: src }, { mode: "no-cors", keepalive: true }).catch(() => {});
  };
  const late = setTimeout(giveBack, 5000);

  const hear = ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== base || !data || data.askonce !== 1) return;
    if (data.type === "closed") return end();
    if (data.height > 0) height = Math.ceil(data.height);
    place();
    if (data.type !== "ready" || open) return;
    clearTimeout(late);
    open = true;
    attempt(() => localStorage.setItem(key, JSON.stringify({ visitor, until: Date.now() + rest * 1000, who })));
    frame.offsetHeight; // settles where the slide starts
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      style({ transition: "opacity .18s, transform .18s" });
    }
    style({ visibility: "visible", opacity: 1, "pointer-events": "auto" });
    place();
  };
  addEventListener("message", hear, { signal });
  addEventListener("resize", place, { signal });
  addEventListener("pagehide", giveBack, { signal });
  document.addEventListener("focusin", ({ target }) => target !== frame && (last = target), { signal });

  frame.title = "Survey";
  frame.referrerPolicy = "no-referrer";
  const may = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox";
  // Not on our own origin: there it would guard nothing, and Chromium would say so on the page.
  if (base !== location.origin) frame.setAttribute("sandbox", may);
  style({
    all: "initial",
    position: "fixed",
    top: "100%",
    visibility: "hidden",
    opacity: 0,
    "pointer-events": "none",
    border: 0,
    "z-index": 2147483647,
    "color-scheme": "light dark",
    "box-shadow": "0 0 0 1px rgba(128,128,128,.3), 0 12px 40px rgba(0,0,0,.18)",
  });
  place();
  frame.src = src;
  document.documentElement.append(frame); // beside <body>: a body with a transform would carry it along
})().catch(() => {});
