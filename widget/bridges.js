/* A survey in an app's web view: what happens in it is told to the app by every bridge that there is. */
(() => {
  "use strict";
  const early = [];
  const tell = (message) => {
    const { webkit, AskonceAndroid, AskonceFlutter, ReactNativeWebView, flutter_inappwebview: inApp } = window;
    let heard = false;
    // A broken bridge must not stop the others.
    const to = (bridge, what) => {
      try {
        bridge.postMessage(what);
        heard = true;
      } catch {}
    };
    to(webkit?.messageHandlers?.askonce, message);
    for (const bridge of [AskonceAndroid, AskonceFlutter, ReactNativeWebView]) to(bridge, JSON.stringify(message));
    if (inApp?.callHandler) to({ postMessage: (what) => inApp.callHandler("askonce", what) }, message);
    else early.push(message);
    return heard;
  };
  document.addEventListener("askonce:tell", ({ detail }) => tell(detail));
  addEventListener("flutterInAppWebViewPlatformReady", () =>
    early.splice(0).forEach((message) => window.flutter_inappwebview.callHandler("askonce", message))
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && tell({ askonce: 1, type: "link", href: link.href })) event.preventDefault(); // the app opens it
  });
})();
