/* The survey page's own script: says to whoever shows the page what happens in it, and brings answers home
   over a bad network. The page works without it, except that a widget or web view stays hidden. */
(() => {
  "use strict";
  const { mode, token = "", origin, shown, close, now, result, reason } = document.body.dataset;
  const framed = mode === "widget" || mode === "view";
  const root = document.documentElement;
  const status = document.getElementById("status");
  const savedMark = document.querySelector("[data-saved]");
  const step = () => document.getElementById("survey");
  const attempt = (risky) => {
    try {
      return risky();
    } catch {}
  };
  const pause = (ms, signal) =>
    new Promise((done) => {
      setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    });

  // ── Telling the host; in an app, bridges.js hears it ────────────────────────────────────────────────
  const tellPage = (detail) => framed && origin && parent !== window && attempt(() => parent.postMessage(detail, origin));
  const tell = (type, more) => {
    const detail = { askonce: 1, type, ...more };
    tellPage(detail);
    document.dispatchEvent(new CustomEvent("askonce:tell", { detail }));
  };

  // ── What she said, until the server has it ──────────────────────────────────────────────────────────
  // One item for each submission, so that two tabs never overwrite each other's; memory where storage is refused.
  const KEY = "askonce:kept:";
  const memory = new Map();
  const drop = ({ id }) => {
    memory.delete(id);
    attempt(() => localStorage.removeItem(KEY + id));
    count();
  };
  // The loader alone hears how many wait: its next page brings them home.
  const count = () => tellPage({ askonce: 1, type: "kept", waiting: kept().length });
  const said = ({ id }) => +id.slice(0, 13);
  const kept = () => {
    const found = new Map(memory);
    for (const name of attempt(() => Object.keys(localStorage)) || []) {
      const entry = name.startsWith(KEY) && attempt(() => JSON.parse(localStorage[name]));
      if (entry?.id) found.set(entry.id, entry);
    }
    return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  };
  const keep = (entry) => {
    memory.set(entry.id, entry);
    attempt(() => localStorage.setItem(KEY + entry.id, JSON.stringify(entry)));
    count();
    tidy();
  };
  // At most 20 of them, 200,000 characters, 7 days: the oldest go.
  const tidy = () => {
    let room = 200000;
    for (const [n, entry] of kept().reverse().entries()) {
      room -= entry.plain.length;
      if (n >= 20 || room < 0 || said(entry) < Date.now() + ahead - 6048e5) drop(entry);
    }
  };

  // Ids sort by when they were said: by the server's clock, and after all that this browser said before. A page that
  // was long on its way runs behind, and may have missed what another tab said: it asks them with a 0.
  const opened = performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();
  const ahead = now ? now - Date.now() + performance.now() - opened : 0;
  const tabs = attempt(() => new BroadcastChannel("askonce:said"));
  let last = 0;
  if (tabs) tabs.onmessage = ({ data }) => (data < last ? tabs.postMessage(last) : (last = data));
  tabs?.postMessage(0);
  const newId = () => {
    last = Math.max(Math.round(Date.now() + ahead), ...[last, ...kept().map(said)].map((time) => time + 1));
    tabs?.postMessage(last);
    return `${last}`.padStart(13, 0) + "-" + Math.random().toString(36).slice(2, 10);
  };

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────
  const bodyOf = ({ form, submitter }) => {
    const fields = new FormData(form);
    if (submitter?.name) fields.append(submitter.name, submitter.value);
    return `${new URLSearchParams(fields)}`;
  };
  const sent = ({ plain, id }) => plain + "&submission=" + id;

  // One try. `done`: a page of ours came back; a proxy's error, or a hotel's log-in page, is not "saved".
  // `why`: it will never be taken. Neither: again, though not before `wait` milliseconds.
  const post = async (entry, headers) => {
    try {
      const body = sent(entry);
      const reply = await fetch(entry.action, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" },
        body,
        credentials: "same-origin",
        mode: "same-origin",
        keepalive: body.length < 60000, // outlives a closed tab; browsers refuse more than 64 KiB
        signal: AbortSignal.timeout(10000),
      });
      const text = await reply.clone().text(); // fails if the reply broke off
      const code = reply.status;
      if (code >= 500 || [408, 425, 429].includes(code)) {
        const after = reply.headers.get("Retry-After");
        return { wait: Math.min(36e5, after * 1000 || Date.parse(after) - Date.now()) };
      }
      if (text.includes('id="survey"')) return { done: reply };
      return { why: code >= 400 && attempt(() => JSON.parse(text).message) };
    } catch {
      return {};
    }
  };

  // What a server asked for is kept; `hurry` ends the other waits.
  const waits = new Set();
  const hurry = () => waits.forEach((wait) => wait.abort());
  const backOff = async (tries, least) => {
    const wait = new AbortController();
    const usual = 1000 * ([1, 2, 4, 8, 15, 30][tries] || 60) * (0.5 + Math.random());
    if (!(least > 0)) waits.add(wait);
    await pause(least > 0 ? least + usual : usual, wait.signal);
    waits.delete(wait);
  };

  // What earlier pages left behind, the oldest first.
  const sendKept = async () => {
    for (let tries = 0; ; tries += 1) {
      let left = false;
      let least = 0;
      tidy();
      for (const entry of kept()) {
        if (entry.id === current?.id) continue;
        const { done, why, wait } = await post(entry);
        if (done || why) drop(entry);
        else left = true;
        least = Math.max(least, wait || 0);
      }
      if (!left) return;
      await backOff(tries, least);
    }
  };
  let flushing;
  // Over only after this turn, also when nothing was kept: else it would never begin again.
  const flush = () => (flushing ??= sendKept().finally(() => (flushing = null)));

  const seen = (saved) => {
    if (savedMark) savedMark.hidden = !saved;
    return saved && savedMark?.textContent.trim();
  };
  const trouble = (on, why) => {
    const line = step().querySelector("[data-trouble]");
    if (!line || (line.hidden === !on && !why)) return;
    if (why) line.textContent = why;
    line.hidden = !on;
    status.textContent = on ? line.textContent : "";
    if (on) seen(false);
  };
  const mark = (submitter) => {
    for (const other of step().querySelectorAll(".chosen")) other.classList.remove("chosen");
    submitter?.classList.add("chosen");
  };

  // One answer is under way at a time, and tried until it is saved. What she says meanwhile, by a new click or more
  // typing, is sent next, under an id of its own: only her last word takes her on.
  let sending;
  let current;
  let saved;
  const stamp = (anew) => {
    const plain = bodyOf(sending.request);
    if (current?.plain === plain && !anew) return;
    if (current) drop(current);
    keep((current = { id: newId(), action: sending.action, plain }));
  };
  const persist = async (action, request) => {
    const mine = (sending = { request, action });
    mark(request.submitter);
    // From the first answer on, the page loaded again goes on here.
    if (location.pathname + location.search !== action) attempt(() => history.replaceState(null, "", action));
    for (let tries = 0; ; tries += 1) {
      stamp();
      const told = current;
      const { done, why, wait } = await post(told, request.headers);
      if (done || why) {
        stamp();
        if (current !== told) continue;
        drop(told);
        sending = current = null;
        trouble(why, why);
        saved = done?.ok;
        return done || new Response(null, { status: 204 }); // nothing to swap
      }
      trouble(true);
      mine.waiting = true;
      await backOff(tries, wait);
      mine.waiting = false;
    }
  };
  let left;
  const leave = () => {
    if (!sending?.waiting) return;
    stamp();
    if (left !== current.id) navigator.sendBeacon(sending.action, new URLSearchParams(sent(current)));
    left = current.id;
  };
  // What she clicked in her mail, on a page that she has touched (oneclick.js). A form under way says more.
  document.addEventListener("askonce:touched", async ({ detail: { action, plain, leaving } }) => {
    if (sending) return;
    const entry = { id: newId(), action, plain };
    keep(entry);
    if (leaving) navigator.sendBeacon(action, new URLSearchParams(sent(entry)));
    hurry();
    while (kept().some(({ id }) => id === entry.id)) await flush();
    status.textContent = seen(true) || "";
    if (!sending) attempt(() => history.replaceState(null, "", action));
  });
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    ctx.fetch = persist;
  });
  // htmx drops what is submitted meanwhile.
  document.addEventListener(
    "submit",
    ({ submitter }) => {
      if (!sending) return;
      sending.request.submitter = submitter;
      mark(submitter);
      stamp(sending.waiting);
      hurry();
    },
    true
  );
  const again = () => {
    if (document.hidden) return;
    hurry();
    flush();
  };
  addEventListener("online", again);
  document.addEventListener("visibilitychange", again);
  addEventListener("pagehide", leave);

  // The page went before this step was saved: it stands here as she left it, and is sent on.
  const resume = () => {
    const form = step().querySelector("form");
    const entry = form && window.htmx && kept().findLast(({ action }) => action === form.getAttribute("action"));
    if (!entry) return;
    const fields = new URLSearchParams(entry.plain);
    let submitter = null;
    for (const field of form.elements) {
      const values = fields.getAll(field.name);
      const its = values.includes(field.value);
      if (field.type === "submit") submitter = its ? field : submitter;
      else if (/radio|checkbox/.test(field.type)) field.checked = its;
      else if (field.type !== "hidden" && values.length) field.value = values[0];
    }
    if (bodyOf({ form, submitter }) !== entry.plain || !form.checkValidity()) return;
    current = entry;
    form.requestSubmit(submitter);
  };

  // ── Appearing: hidden until the server has put this showing in its ledger ───────────────────────────
  const card = document.querySelector(".card");
  const height = () => Math.ceil(card.getBoundingClientRect().height);
  let over;
  const end = (why) => {
    if (over) return;
    over = true;
    leave();
    root.classList.remove("revealed");
    tell("closed", { reason: why });
  };

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
    if (result === "closed") {
      await Promise.race([flush(), pause(4000)]);
      count();
      return end(reason || "refused");
    }
    const refusal = shown && (await confirmShown());
    if (refusal) return end(refusal);
    root.classList.add("revealed");
    tell("ready", { height: height(), title: document.title });
    new ResizeObserver(() => over || tell("resize", { height: height() })).observe(card);
    arrived();
  };

  // ── Steps ───────────────────────────────────────────────────────────────────────────────────────────
  let answered;
  const arrived = () => {
    if (step().dataset.step !== "thanks" || answered) return;
    answered = true;
    tell("answered");
    closeSoon(step().dataset.closeAfter);
  };

  const closeSoon = (seconds) => {
    if (!(seconds > 0) || !framed) return;
    const timer = setTimeout(() => end("answered"), seconds * 1000);
    for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, () => clearTimeout(timer), { once: true });
  };
  const dismiss = () => {
    if (over) return;
    if (answered) return end("answered"); // nothing was refused: the survey was finished
    if (close && !sending) navigator.sendBeacon(close, new URLSearchParams({ token }));
    end("dismissed");
  };
  document.querySelector("button[data-close]")?.addEventListener("click", dismiss);
  if (framed) document.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && dismiss());

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
    if (saved === undefined) return; // refused without a page: the form and its complaint stay
    fresh = performance.now();
    root.classList.add("moving");
    const now = step();
    const said = seen(saved);
    status.textContent = now.querySelector("[data-complaint]")?.textContent || said || "";
    (now.querySelector("[autofocus]") || now.querySelector("h1"))?.focus(); // what is wrong comes first
    arrived();
  });

  appear();
  setTimeout(() => {
    resume(); // htmx began to listen one turn before
    flush();
  });
})();
