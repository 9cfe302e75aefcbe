/* With `?askonce=debug`, and for a preview of what is not there: says in words why nothing shows. It knows nothing but what the server tells every page. */
const WHY = {
  resting: "This browser was shown a survey, and is left alone. No request was sent; without that it would be “rest”.",
  unreachable:
    "There was no reply that may be read. Either the server is away, or this page’s origin is not allowed: " +
    "then the desk lists it under Set-up, ready to be allowed.",
  none: "No survey is running on this site, or none by this name.",
  targeting: "No running survey is for this page and this visitor.",
  waiting: "A survey is for this page. It waits until one of these things happens:",
  identity: "The identity token was refused: not signed with this site’s secret, run out, or naming nobody.",
  unavailable: "The server cannot say now whether this person may be asked; so she is not.",
  consent: "This person does not want to be asked, or has not agreed to it.",
  rest: "The last survey was not long ago.",
  rest_after_dismissal: "The last survey was closed not long ago.",
  rest_after_answer: "The last survey was answered not long ago.",
  repeat: "This survey may not come back yet.",
  until_answered: "This survey has been answered.",
  group_rest: "Another survey of the same group was not long ago.",
  load: "There were enough contacts lately, over all channels.",
  after_external: "Another system was in touch not long ago.",
  sample: "This visitor is not among the share of people whom the survey is for.",
  running: "The survey is paused, or today is outside its dates.",
  quota: "As many responses as wanted have come.",
  pace: "As many people as wanted were asked this hour or today.",
  budget: "As many messages as wanted have left.",
};
const STYLE = `
section { all: initial; display: block; box-sizing: border-box; width: min(400px, 100vw - 32px); max-height: 60vh;
  overflow: auto; padding: 16px 20px; border-radius: 12px; background: #12141a; color: #f0f1f4;
  font: 14px/1.5 system-ui, sans-serif; box-shadow: 0 0 0 1px #ffffff26, 0 12px 40px #00000040; overflow-wrap: anywhere; }
h2 { margin: 0 0 4px; font: 600 13px/1.5 system-ui, sans-serif; color: #9db1ff; }
p { margin: 0; } p + p, ul { margin: 6px 0 0; } ul { padding-inline-start: 18px; } small { color: #a8afbc; font-size: 13px; }`;

let box;
const make = (name, text) => Object.assign(document.createElement(name), text ? { textContent: text } : {});

const when = (seconds) =>
  seconds < 90 ? `${seconds} seconds` : seconds < 5400 ? `${Math.round(seconds / 60)} minutes`
  : seconds < 129600 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86400)} days`;

const watched = ({ events = [], dwell = [], scroll = [], exit, elements = [] }) => [
  ...events.map((name) => `askonce("event", "${name}")`),
  ...dwell.map((seconds) => `${seconds} seconds on the page`),
  ...scroll.map((percent) => `${percent} % of the page scrolled`),
  ...(exit ? ["the pointer leaves at the top"] : []),
  ...elements.map((selector) => `${selector} clicked or in view`),
];

const lines = (said) => {
  if (said.show) return [make("p", `“${said.survey}” may be asked now, as a ${said.look?.shape}.`)];
  const found = [make("p", WHY[said.reason] || (said.reason ? `Held by the rule “${said.reason}”.` : "The server refused."))];
  if (said.watch) {
    const list = make("ul");
    list.append(...watched(said.watch).map((each) => make("li", each)));
    found.push(list);
  }
  if (said.until) found.push(make("p", `Until ${new Date(said.until).toLocaleString()}.`));
  if (said.again && !["waiting", "targeting", "none"].includes(said.reason)) {
    found.push(make("p", `Asking makes sense again in ${when(said.again)}.`));
  }
  if (said.elsewhere) found.push(make("p", "On another page there may be something to ask."));
  return found;
};

export default (said) => {
  if (!box) {
    const host = make("div");
    const rules = { all: "initial", position: "fixed", left: "16px", bottom: "16px", "z-index": 2147483647 };
    for (const name in rules) host.style.setProperty(name, rules[name], "important");
    const root = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    box = make("section");
    box.setAttribute("role", "status");
    root.append(box);
    document.documentElement.append(host);
  }
  const which = make("p");
  which.append(make("small", `${location.pathname}, ${new Date().toLocaleTimeString()}`));
  box.replaceChildren(make("h2", "Askonce"), ...lines(said), which);
};
