/* The feedback tab at the edge of a page: `show({ survey, label, position, accent, ink }, open)` gives
   `{ survey, remove }`. */
const STYLE = `
button {
  all: unset;
  box-sizing: border-box;
  display: block;
  min-width: 36px;
  min-height: 44px;
  padding: 16px 9px;
  border-radius: 10px 0 0 10px;
  font: 600 14px/18px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  letter-spacing: .01em;
  writing-mode: vertical-rl;
  cursor: pointer;
  box-shadow: 0 0 0 1px rgb(255 255 255 / .25), 0 4px 20px rgb(0 0 0 / .18);
  touch-action: manipulation;
  -webkit-tap-highlight-color: transparent;
}
.left { transform: rotate(180deg); } /* its foot at the edge, and its round side in the page */
button:focus-visible { outline: 3px solid currentColor; outline-offset: -6px; }
button:hover { filter: brightness(1.08); }
@media (pointer: coarse) { button { min-width: 44px; padding-inline: 13px; } }
@media (prefers-reduced-motion: no-preference) { button { transition: filter .12s; } }
@media (forced-colors: active) { button { border: 1px solid; } }
@media print { button { display: none; } }`;

export default ({ survey, label, position, accent, ink }, open) => {
  const rtl = getComputedStyle(document.documentElement).direction === "rtl";
  const left = position === "left" || position === (rtl ? "end" : "start");
  const host = document.createElement("div");
  const rules = {
    all: "initial", position: "fixed", top: "50%", transform: "translateY(-50%)", "z-index": 2147483646,
    [left ? "left" : "right"]: `env(safe-area-inset-${left ? "left" : "right"}, 0)`,
  };
  for (const name in rules) host.style.setProperty(name, rules[name], "important");

  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet(); // no element of its own: a policy without style-src has nothing against it
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.className = left ? "left" : "";
  button.style.setProperty("background", accent);
  button.style.setProperty("color", ink);
  button.addEventListener("click", open);
  root.append(button);
  host.popover = "manual"; // on a page with a transform it would scroll away
  const add = () => {
    document.documentElement.append(host);
    try {
      host.showPopover();
    } catch {}
  };
  let again = true; // after a page that draws itself anew, once
  const missing = new MutationObserver(() => {
    if (host.isConnected || !again) return;
    again = false;
    add();
  });
  add();
  for (const node of [document, document.documentElement]) missing.observe(node, { childList: true });
  return { survey, remove: () => (missing.disconnect(), host.remove()) };
};
