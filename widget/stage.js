/* One survey on somebody's page: its frame, hidden until the server has noted that it is shown, in one of its shapes.
   `show(offer, base, post, tell)` gives `{ close, focus, stands }`. */
const attempt = (risky) => {
  try {
    return risky();
  } catch {}
};

export default ({ frame: src, look, survey, wish }, base, post, tell) => {
  const listening = new AbortController();
  const { signal } = listening;
  const frame = document.createElement("iframe");
  const page = document.documentElement;
  const slots = document.querySelectorAll("[data-askonce-inline]");
  const slotOf = (name) => [...slots].find((slot) => slot.dataset.askonceInline === name);
  const slot = look.shape === "inline" ? slotOf(survey) || slotOf("") : undefined;
  const shape = slot || look.shape !== "inline" ? look.shape : "card";
  const dialog = shape === "modal" ? document.createElement("dialog") : undefined;
  const whole = dialog || frame;
  const [edge, side] = shape === "tab" ? ["bottom", look.position] : look.position.split("-");
  let height = 240;
  let tallest = 0;
  let open = false;
  let late;
  let last = document.activeElement;

  // Inline and important, over "all: initial": no rule of the page reaches it.
  const dress = (node, rules) => {
    for (const name in rules) node.style.setProperty(name, rules[name], "important");
  };

  // Hung from its edge by a transform: that never counts as a layout shift.
  const hang = () => {
    const narrow = innerWidth < 480;
    const wide = shape === "bar" || shape === "modal";
    const sheet = narrow || shape === "bar";
    const middle = shape === "modal" && !narrow;
    const top = edge === "top" && !middle;
    const gap = sheet ? 0 : 16;
    // What a keyboard on the screen covers; a page that is merely zoomed stays as it is.
    const seen = window.visualViewport;
    const zoomed = !seen || seen.scale > 1.01;
    const room = zoomed ? innerHeight : seen.height;
    const under = zoomed ? 0 : Math.max(0, innerHeight - seen.height - seen.offsetTop);
    const rtl = getComputedStyle(page).direction === "rtl";
    const left = side === "left" || side === (rtl ? "end" : "start");
    const width = narrow ? innerWidth : Math.min(shape === "bar" ? 720 : wide ? 480 : 384, innerWidth - 2 * gap);
    const inset = `max(${gap}px, env(safe-area-inset-${top ? "top" : "bottom"}))`;
    const slide = open ? 0 : top ? -12 : 12;
    const y = middle
      ? `calc(${slide - under / 2}px - 50%)`
      : top
        ? `calc(${slide}px + ${inset})`
        : `calc(${slide - under}px - 100% - ${inset})`;
    dress(frame, {
      width: width + "px",
      height: Math.max(96, Math.min(height, 800, room - 32)) + "px",
      top: middle ? "50%" : top ? 0 : "100%",
      left: wide ? (innerWidth - width) / 2 + "px" : left ? `max(${gap}px, env(safe-area-inset-left))` : "auto",
      right: wide || left ? "auto" : narrow ? 0 : `max(${gap}px, env(safe-area-inset-right))`,
      "border-radius": sheet ? (top ? "0 0 16px 16px" : "16px 16px 0 0") : "16px",
      transform: `translateY(${y})`,
    });
  };
  // In the flow of the page: it grows with its survey, and never shrinks under the reader's eyes.
  const fill = () => {
    tallest = Math.max(tallest, Math.min(height, 1200));
    dress(frame, { height: open ? Math.max(tallest, slot.clientHeight) + "px" : 0 });
  };
  const place = slot ? fill : hang;

  const end = (reason) => {
    const inside = document.activeElement === frame || document.activeElement === dialog;
    clearTimeout(late);
    listening.abort();
    missing.disconnect();
    attempt(() => dialog?.close());
    whole.remove();
    if ((inside || dialog) && last?.isConnected) last.focus({ preventScroll: true });
    tell("closed", { reason });
  };
  const giveBack = (reason) => {
    if (open || signal.aborted) return;
    if (frame.src) post("/w/back", JSON.stringify({ frame: src }), { mode: "no-cors", keepalive: true }).catch(() => {});
    end(reason);
  };
  const giveUp = () => giveBack("unreachable");
  const close = () => {
    if (!open) return giveUp();
    if (signal.aborted) return;
    const token = src.split("/").pop();
    post("/w/close", new URLSearchParams({ token }), { mode: "no-cors", keepalive: true }).catch(() => {});
    end("dismissed");
  };

  const reveal = () => {
    open = true;
    if (!slot) {
      attempt(() => (dialog ? dialog.showModal() : frame.showPopover())); // over everything that the page holds up
      // On a page with a transform WebKit leaves its box where it was, and as large, until it is made anew.
      dress(whole, { display: "none" });
      whole.offsetHeight;
      dress(whole, { display: "block" });
    }
    if (dialog) dress(dialog, { visibility: "visible", opacity: 1 });
    frame.offsetHeight; // settles where the slide starts
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      dress(frame, { transition: slot ? "opacity .18s" : "opacity .18s, transform .18s" });
    }
    dress(frame, { visibility: "visible", opacity: 1, "pointer-events": "auto" });
    place();
    if (dialog) frame.focus({ preventScroll: true });
  };

  const hear = ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== base || !data || data.askonce !== 1) return;
    if (data.type === "closed") return end(String(data.reason));
    if (data.type === "kept") return tell("kept", { waiting: data.waiting });
    if (data.height > 0) height = Math.ceil(data.height);
    place();
    if (data.type === "answered") tell(data.type);
    if (data.type !== "ready") return;
    clearTimeout(late);
    const first = !open;
    frame.title = String(data.title || frame.title);
    dialog?.setAttribute("aria-label", frame.title);
    reveal();
    if (first) tell("ready");
  };

  const scheme = () => {
    const own = getComputedStyle(page).colorScheme;
    return { light: "light", dark: "dark", page: own === "normal" ? "light" : own }[look.theme] || "light dark";
  };
  const build = () => {
    frame.title = "Survey";
    frame.referrerPolicy = "no-referrer";
    const may = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox";
    // Not on our own origin: there it would guard nothing, and Chromium would say so on the page.
    if (base !== location.origin) frame.setAttribute("sandbox", may);
    const line = "0 0 0 1px rgba(128,128,128,.3)";
    const shadow = slot ? line : line + ", 0 12px 40px rgba(0,0,0,.18)";
    dress(frame, {
      all: "initial",
      display: "block",
      visibility: "hidden",
      opacity: 0,
      "pointer-events": "none",
      border: 0,
      "color-scheme": scheme(),
      "box-shadow": shadow,
      "-webkit-box-shadow": shadow, // to WebKit that is another property, and comes later in "all"
      ...(slot
        ? { width: "calc(100% - 2px)", margin: "0 1px", "border-radius": "12px" }
        : { position: "fixed", "z-index": 2147483647 }),
    });
    place();
    if (dialog) {
      // It is its own backdrop: nothing can be said of ::backdrop without a stylesheet.
      dress(dialog, {
        all: "initial",
        display: "block",
        position: "fixed",
        inset: 0,
        visibility: "hidden",
        opacity: 0,
        background: "rgba(10,12,18,.5)",
        "z-index": 2147483647,
      });
      dialog.addEventListener("cancel", (event) => (event.preventDefault(), close()), { signal });
      dialog.append(frame);
    } else if (!slot) {
      frame.popover = "manual";
    }
    frame.src = src;
    // Beside <body>: a body with a transform would carry it along. Behind an open dialog nobody could reach it.
    const within = wish && attempt(() => document.querySelector("dialog:modal"));
    within?.addEventListener("close", close, { signal });
    (slot || within || page).append(whole);
    missing.observe(document, { childList: true, subtree: whole.parentNode !== page });
    for (const node of [page, whole]) missing.observe(node, { childList: true });
    late = setTimeout(giveUp, 5000);
  };

  // A page that draws itself anew took it away with the rest: it comes back, once. A page that clears it away again
  // does not want it.
  let again = !slot;
  const missing = new MutationObserver(() => {
    if (frame.isConnected) return;
    if (!again) return open ? end("removed") : giveBack("removed");
    again = false;
    attempt(() => dialog?.close());
    dress(whole, { visibility: "hidden" });
    dialog?.append(frame);
    document.documentElement.append(whole);
  });

  // A place in the page is filled when somebody comes near it, and while nothing that she sees would move.
  const near = () =>
    new Promise((done) => {
      const looking = new IntersectionObserver(
        ([{ isIntersecting, target }]) => {
          const { top, bottom } = target.getBoundingClientRect();
          const unseen = top >= innerHeight || bottom <= 0;
          if (isIntersecting && (unseen || target.clientHeight >= 160)) done(looking.disconnect());
        },
        { rootMargin: "300px 0px", threshold: [0, 0.01] }
      );
      looking.observe(slot);
      signal.addEventListener("abort", () => looking.disconnect());
    });
  // Who is in a dialog of the page, or watches a film that fills the screen, is not disturbed.
  const free = async () => {
    while (!wish && attempt(() => document.querySelector(":modal"))) {
      await new Promise((done) => {
        const once = { capture: true, once: true, signal };
        for (const type of ["close", "fullscreenchange"]) document.addEventListener(type, done, once);
      });
    }
  };

  addEventListener("message", hear, { signal });
  addEventListener("resize", place, { signal });
  addEventListener("pagehide", giveUp, { signal });
  for (const type of ["resize", "scroll"]) window.visualViewport?.addEventListener(type, place, { signal });
  const outside = ({ target }) => target !== frame && target !== dialog && (last = target);
  document.addEventListener("focusin", outside, { signal });
  free()
    .then(() => slot && near())
    .then(() => signal.aborted || build());

  return { close, focus: () => frame.focus(), stands: () => !signal.aborted && (!open || frame.isConnected) };
};
