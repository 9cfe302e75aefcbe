/* The survey page's own script: says to whoever shows the page what happens in it, and brings answers home
   over a bad network. The page works without it, except that a widget or web view stays hidden. */
(() => {
  "use strict";
  const { mode, token = "", origin = "", shown = "", close = "", result = "", reason = "" } = document.body.dataset;
  const framed = mode === "widget" || mode === "view";
  const root = document.documentElement;
  const status = document.getElementById("status");

  // ── Telling the host ────────────────────────────────────────────────────────────────────────────────
  // Every way out that exists is used; a missing or broken one must not stop the others.
  const tell = (type, more) => {
    if (!framed) return;
    const message = { askonce: 1, type, ...more };
    const text = JSON.stringify(message);
    const ways = [() => window.parent !== window && origin && window.parent.postMessage(message, origin)];
    if (mode === "view") {
      ways.push(
        () => window.webkit?.messageHandlers?.askonce?.postMessage(message),
        () => window.AskonceAndroid?.postMessage(text),
        () => window.ReactNativeWebView?.postMessage(text)
      );
    }
    for (const way of ways) {
      try {
        way();
      } catch {}
    }
  };
  const card = document.querySelector(".card");
  const height = () => Math.ceil(card.getBoundingClientRect().height);
  const pause = (ms, signal) =>
    new Promise((done) => {
      setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    });

  let over = false;
  const end = (why) => {
    if (over) return;
    over = true;
    root.classList.remove("revealed");
    tell("closed", { reason: why });
  };

  // ── Appearing: hidden until the server has put this showing in its ledger ───────────────────────────
  const confirmShown = async () => {
    for (const wait of [500, 0]) {
      try {
        const reply = await fetch(shown, {
          method: "POST",
          credentials: "omit",
          body: new URLSearchParams({ token }),
          signal: AbortSignal.timeout(4000),
        });
        if (reply.ok) return "";
        if (reply.status < 500) return (await reply.json().catch(() => ({}))).reason || "refused";
      } catch {}
      if (wait) await pause(wait);
    }
    return "unreachable";
  };

  const appear = async () => {
    if (result === "closed") return end(reason || "refused");
    const refusal = shown ? await confirmShown() : "";
    if (refusal) return end(refusal);
    root.classList.add("revealed");
    tell("ready", { height: height() });
    new ResizeObserver(() => over || tell("resize", { height: height() })).observe(card);
    arrived();
  };

  // ── Steps ───────────────────────────────────────────────────────────────────────────────────────────
  let answered = false;
  const step = () => document.getElementById("survey");
  const arrived = () => {
    if (step().dataset.step !== "thanks" || answered) return;
    answered = true;
    tell("answered");
    closeSoon(step().dataset.closeAfter);
  };

  // ── Pages: thanks that close themselves, places in a ranking ────────────────────────────────────────
  const closeSoon = (seconds) => {
    if (!(seconds > 0) || !framed) return;
    const timer = setTimeout(() => end("answered"), seconds * 1000);
    for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, () => clearTimeout(timer), { once: true });
  };
  // A place belongs to one: whoever had it takes the one that came free; the last one left has no choice.
  document.addEventListener("change", ({ target }) => {
    const places = [...(target.closest("[data-ranking]")?.querySelectorAll("select") ?? [])];
    const free = [...(places[0]?.options ?? [])].map((o) => o.value).filter((n) => !places.some((p) => p.value === n));
    const other = places.find((place) => place !== target && place.value && place.value === target.value);
    if (other) other.value = target.dataset.was || free.find((n) => n) || "";
    const empty = places.filter((place) => !place.value);
    if (empty.length === 1 && target.value) empty[0].value = free.find((n) => n) ?? "";
    for (const place of places) place.dataset.was = place.value;
  });

  const dismiss = () => {
    if (over) return;
    if (answered) return end("answered"); // nothing was refused: the survey was finished
    if (close) navigator.sendBeacon(close, new URLSearchParams({ token }));
    end("dismissed");
  };
  document.querySelector("button[data-close]")?.addEventListener("click", dismiss);
  if (framed) document.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && dismiss());

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────
  // One answer is under way at a time. It is tried until our own page comes back: an error page, or a hotel's
  // log-in page, is not "saved". While it waits, a new click or more typing changes what the next try sends.
  const WAITS = [1, 2, 4, 8, 15, 30];
  let sending = null;

  const bodyOf = ({ form, submitter, body }) => {
    if (!form) return body;
    const fields = new FormData(form);
    if (submitter?.name) fields.append(submitter.name, submitter.value);
    return new URLSearchParams(fields);
  };

  const trouble = (on) => {
    const line = step().querySelector("[data-trouble]");
    if (!line || line.hidden === !on) return;
    line.hidden = !on;
    status.textContent = on ? line.textContent : "";
  };

  const mark = (submitter) => {
    for (const other of step().querySelectorAll(".chosen")) other.classList.remove("chosen");
    submitter?.classList.add("chosen");
  };

  const persist = async (address, request) => {
    const mine = (sending = { request, address, waiting: null });
    mark(request.submitter);
    for (let tries = 0; ; tries += 1) {
      const body = String(bodyOf(request));
      try {
        const reply = await fetch(address, {
          method: "POST",
          headers: { ...request.headers, "Content-Type": "application/x-www-form-urlencoded" },
          body,
          credentials: "same-origin",
          mode: "same-origin",
          keepalive: body.length < 60000, // outlives a closed tab; browsers refuse more than 64 KiB
          signal: AbortSignal.timeout(10000),
        });
        const ours = (await reply.clone().text()).includes('id="survey"');
        if (ours && reply.status < 500 && reply.status !== 429) {
          sending = null;
          trouble(false);
          return reply;
        }
      } catch {}
      trouble(true);
      mine.waiting = new AbortController();
      await pause(1000 * WAITS[Math.min(tries, WAITS.length - 1)], mine.waiting.signal);
      mine.waiting = null;
    }
  };
  const hurry = () => sending?.waiting?.abort();

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    ctx.fetch = persist;
  });
  // htmx drops what is submitted meanwhile; only what waits can still be changed, never what is on its way.
  document.addEventListener(
    "submit",
    ({ submitter }) => {
      if (!sending?.waiting) return;
      sending.request.submitter = submitter;
      mark(submitter);
      hurry();
    },
    true
  );
  addEventListener("online", hurry);
  addEventListener("pagehide", () => {
    if (sending?.waiting) navigator.sendBeacon(sending.address, bodyOf(sending.request));
  });

  // The second half of a double click must not land on what the first half brought up.
  let fresh = 0;
  document.addEventListener(
    "click",
    (event) => {
      if (event.detail < 2 || event.timeStamp - fresh > 500) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true
  );

  document.addEventListener("htmx:after:swap", () => {
    fresh = performance.now();
    root.classList.add("moving");
    const now = step();
    status.textContent = now.querySelector("[data-complaint]")?.textContent ?? "";
    (now.querySelector("[autofocus]") ?? now.querySelector("h1"))?.focus(); // what is wrong comes first
    arrived();
  });

  appear();
})();
