/* Askonce: asks its server whether this visitor may be asked now; if so, it fetches what shows one survey.
   Whatever goes wrong, the page notices nothing. */
(async () => {
  "use strict";
  const tag = document.currentScript;
  const { site, identity, user, email, phone, name } = tag.dataset;
  const base = new URL(tag.src).origin;
  const key = "askonce:" + site;
  const { q: queue = [], site: earlier } = window.askonce || {};
  if (!site || earlier) return; // a second tag stays quiet

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
      body, // a string goes as text/plain: no preflight
      ...more,
    });
  const fetched = async (path) => (await import(base + path)).default;
  const here = () => location.origin + location.pathname;
  const mode = new URLSearchParams(location.search).get("askonce") || "";
  const preview = mode.startsWith("preview") ? mode.slice(8) : undefined;

  let who = { identity, user, email, phone, name };
  let page = ""; // the address that was asked about last
  let place = ""; // the address at which it
  let happened = {};
  let asked = 0;
  let busy = 0; // asking
  let missed; // a change of page meanwhile
  let quiet = 0; // until when nothing could come of asking on another page
  let reply = {};
  let watching = new AbortController();
  let stage; // what is shown
  let tab;
  let turn = Promise.resolve();
  const hearers = {};

  const tell = (type, said) => (hearers[type] || []).forEach((hear) => setTimeout(hear, 0, said));
  const explain = (said) =>
    (mode === "debug" || (said.reason && preview !== undefined)) && fetched("/askonce-debug.js").then((say) => say(said)).catch(() => {});
  const read = () => attempt(() => JSON.parse(localStorage.getItem(key))) || {};
  const keep = (said) =>
    attempt(() => {
      const text = JSON.stringify({ kept: read().kept, ...said });
      if (text === "{}") localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    });

  // Who is logged in, as 32 bits of a hash: enough to see that it is another person, too little to say who.
  const hash = () => {
    const claims = (who.identity || "").split(".")[1] || who.identity;
    const signed = attempt(() => JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub) || claims;
    const person = signed || who.user || who.email || who.phone;
    return person && [...String(person)].reduce((sum, letter) => (sum * 33 + letter.codePointAt()) >>> 0, 1);
  };

  // When the page is idle, and only once somebody looks at it: a tab in the background is not asked.
  const idle = async () => {
    await new Promise((calm) => (window.requestIdleCallback || setTimeout)(calm, { timeout: 300 }));
    if (document.hidden) {
      await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
    }
  };

  // Answers of an earlier page wait in our frame's storage until the server has them: a frame that nobody sees brings
  // them home.
  const bring = () => {
    const frame = document.createElement("iframe");
    frame.style.setProperty("display", "none", "important");
    frame.src = base + "/w/kept/" + site + "?origin=" + encodeURIComponent(location.origin);
    addEventListener("message", function hear({ source, data }) {
      if (source !== frame.contentWindow || data?.askonce !== 1) return;
      if (data.type === "kept") keep({ ...read(), kept: data.waiting || undefined });
      if (data.type !== "closed") return;
      removeEventListener("message", hear);
      frame.remove();
    });
    document.documentElement.append(frame);
  };

  const showTab = async (wanted) => {
    if (tab?.survey === wanted?.survey) return;
    tab?.remove();
    tab = wanted && (await fetched(wanted.script))(wanted, () => ask({ open: wanted.survey }));
  };

  const judge = async (wish) => {
    if (!wish) await idle();
    const now = hash();
    let known = read();
    if (known.who && now && known.who !== now) known = {}; // someone else's
    if (stage?.stands()) return wish ? stage.focus() : (page = here());
    if (!wish) {
      page = here();
      watching.abort();
      reply = {};
      quiet = Infinity; // who got no reply does not ask again
      if (known.until > Date.now() && (!now || known.who === now) && preview === undefined) {
        explain({ reason: "resting", until: (quiet = known.until) });
        return showTab(known.tab).catch(() => keep({ ...known, tab: undefined }));
      }
    }
    if (++asked > 30) return;

    const slots = [...document.querySelectorAll("[data-askonce-inline]")].slice(0, 9);
    const body = {
      ...who,
      site,
      visitor: known.visitor,
      page,
      width: innerWidth,
      touch: navigator.maxTouchPoints,
      lang: document.documentElement.lang || undefined,
      inline: slots.length ? slots.map((slot) => slot.dataset.askonceInline) : undefined,
      ...happened,
      preview,
      ...wish,
    };
    const answer = await post("/w/offer", JSON.stringify(body), { signal: AbortSignal.timeout(3000) });
    const said = answer.status === 200 ? await answer.json() : {};
    explain(said);
    if (!wish) {
      reply = said;
      quiet = Date.now() + said.again * 1000;
      await showTab(said.tab).catch(() => {});
    }
    if (said.show !== true) {
      if (said.reason) tell("held", { reason: said.reason });
      return wish || watch();
    }
    const { frame, visitor, rest, look } = said;
    if (new URL(frame).origin !== base || typeof visitor !== "string" || !Number.isFinite(rest)) return;

    const show = await fetched(said.stage);
    stage = show({ ...said, wish }, base, post, (type, more) => {
      if (type === "ready" && visitor) {
        const stays = reply.tab?.stays ? reply.tab : undefined;
        const until = wish ? known.until || 0 : Date.now() + rest * 1000;
        if (!wish) quiet = until;
        keep({ visitor, until, who: now, tab: stays });
      }
      if (type === "kept") return keep({ ...read(), kept: more.waiting || undefined });
      if (type === "closed") stage = undefined;
      tell(type, { survey: said.survey, ...more });
    });
  };
  const ask = (wish) => {
    busy += 1;
    turn = turn.then(() => judge(wish)).catch(() => explain({ reason: "unreachable" }));
    turn.then(() => {
      busy -= 1;
      if (missed) moved((missed = false));
    });
  };

  // A name is one of several, a number the highest so far.
  const note = (kind, value) => {
    happened[kind] = typeof value === "string" ? [...(happened[kind] || []), value].slice(-20) : value;
  };
  const watch = async () => {
    watching.abort();
    const { signal } = (watching = new AbortController());
    const wanted = reply.watch;
    if (!wanted) return;
    if (wanted.events?.some((each) => happened.event?.includes(each))) return void ask(); // while we were asking
    const start = reply.watcher && (await fetched(reply.watcher));
    const hit = (kind, value) => (note(kind, value), ask());
    if (start && !signal.aborted) start(wanted, hit, signal);
  };
  const moved = (anew) => {
    if (!page || (here() === page && anew !== true)) return;
    if (place !== (place = here())) happened = {};
    if (busy) return void (missed = true);
    if (reply.elsewhere || Date.now() > quiet) return void ask();
    page = here();
    if (!stage) watch().catch(() => {});
  };

  const calls = {
    identify(said) {
      const before = JSON.stringify(who);
      who = { ...who, ...(typeof said === "string" ? { identity: said } : said) };
      if (page && JSON.stringify(who) !== before) ask();
    },
    event(name) {
      moved();
      note("event", String(name));
      if (reply.watch?.events?.includes(name)) ask();
    },
    open: (survey) => ask({ open: String(survey || "") }),
    close: () => stage?.close(),
    on: (type, hear) => (hearers[type] ||= []).push(hear),
    reset() {
      stage?.close();
      watching.abort();
      who = reply = {};
      quiet = 0;
      keep({});
    },
  };
  const askonce = (window.askonce = (call, ...said) => void attempt(() => calls[call](...said)));
  askonce.site = site;
  for (const call of queue) askonce(...call);

  if (window.navigation) navigation.addEventListener("currententrychange", moved);
  else {
    for (const type of ["popstate", "hashchange"]) addEventListener(type, moved);
    new MutationObserver(moved).observe(document, { childList: true, subtree: true }); // who goes on draws something
  }
  addEventListener("pageshow", ({ persisted }) => persisted && moved(true)); // back, from the browser's memory
  ask();
  if (read().kept) idle().then(bring);
})().catch(() => {});
