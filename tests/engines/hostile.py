"""What pages do that are strict, mean no good, or mean nobody but themselves."""

STRICT = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; require-trusted-types-for 'script'; "
    "trusted-types 'none'; connect-src {ask}; frame-src {ask}; img-src data:; base-uri 'none'"
)

RESET = """html, body, div, span, iframe, dialog, button, [popover] { margin: 0 !important; padding: 0 !important;
    border: 0 !important; font: inherit !important; width: auto !important; height: auto !important;
    max-width: 100% !important; min-height: 0 !important; overflow: hidden !important;
    box-sizing: content-box !important }
  *, *::before, *::after, *::backdrop { animation: none !important; transition: none !important }"""
UNSET = "* { all: unset !important } iframe, dialog { display: none !important; position: static !important }"
WAR = """html { transform: rotate(.01deg); filter: grayscale(.1); perspective: 9px }
  body { transform: scale(.9); contain: strict; height: 100vh; overflow: hidden }
  #war { position: fixed; inset: 0; z-index: 2147483647; background: rgb(255 0 0 / .1) }"""
LAYERS = """@layer first { :not(html, body) { all: unset !important; transition: all 9s !important }
    iframe, [popover]:not(:popover-open) { display: none !important; opacity: 0 !important; inset: auto !important } }
  @layer last { html { display: block !important } }
  * { all: unset } html { transform: translateX(20px) scale(.8) !important; translate: 9px; perspective: 300px }
  body { height: 300vh !important; overflow: hidden !important; clip-path: inset(0 50% 0 0) }"""

ANEW = """() => { const [head, body] = [document.head.cloneNode(true), document.body.cloneNode(true)];
  document.documentElement.replaceChildren(head, body); }"""
"""As a framework does that draws the whole document and finds in it what it does not know."""

PATROL = """window.cleared = 0;
window.patrol = new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) {
    const frame = node.matches?.("iframe") ? node : node.querySelector?.("iframe");
    if (frame) { cleared += 1; frame.remove(); }
  }
});
patrol.observe(document, { childList: true, subtree: true });"""
"""Clears away every frame that comes."""
