// The little that the desk cannot do without a script: copying, and saying that the line is down.
"use strict";

const done = document.getElementById("done");

// Without a script, what was chosen is applied by a button; with one, at once.
document.documentElement.dataset.live = "";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

async function copy(button) {
  const said = document.getElementById(button.dataset.copy);
  const label = button.firstChild;
  try {
    await navigator.clipboard.writeText(said.textContent);
    label.data = done.textContent = "Copied";
  } catch {
    // Without TLS browsers refuse the clipboard: what is selected can be copied by hand.
    getSelection().selectAllChildren(said);
    label.data = done.textContent = "Selected";
  }
  setTimeout(() => {
    label.data = "Copy";
    done.textContent = "";
  }, 2000);
}

function line(isDown) {
  document.body.toggleAttribute("data-down", isDown);
}
document.addEventListener("htmx:error", () => line(true));
document.addEventListener("htmx:after:request", (event) => line(event.detail.ctx.response.status >= 500));

// After a button has changed a form, the person goes on where the form says.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id === "editor") document.querySelector("#editor [autofocus]")?.focus();
});

// On a phone the rooms are more than fit: the one that she is in is seen.
document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

// A menu closes by Escape and by a click beside it.
const sites = document.querySelector("details.sites");
if (sites) {
  document.addEventListener("click", (event) => {
    if (!sites.contains(event.target)) sites.open = false;
  });
  sites.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    sites.open = false;
    sites.querySelector("summary").focus();
  });
}
