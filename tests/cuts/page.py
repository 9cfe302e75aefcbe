"""What a person sees of a survey page, and how she answers: by the page's elements, whatever they are named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.engines.hand import Hand

LOOK = """() => {
  const main = document.getElementById("survey"), form = main?.querySelector("form");
  if (!main) return null;
  const line = main.querySelector("[data-trouble]");
  const framed = ["widget", "view"].includes(document.body.dataset.mode);
  const seen = document.documentElement.classList.contains("revealed");
  const choices = [...main.querySelectorAll("button[name^='a.'], input[type=radio]")].map((each) => each.value);
  return {
    step: main.dataset.step, question: form ? String(new FormData(form).get("asked")) : "", choices,
    trouble: !!line && !line.hidden, visible: seen || !framed, said: document.getElementById("status").textContent,
  };
}"""

SAY = """async ([question, value]) => {
  const main = document.getElementById("survey"), form = main.querySelector("form");
  if (!form || new FormData(form).get("asked") !== question) return false;
  const kept = () => Object.keys(localStorage).filter((name) => name.startsWith("askonce:kept:"));
  const before = kept();
  const text = form.querySelector("textarea"), send = [...form.querySelectorAll("[type=submit]")].at(-1);
  const choice = [...form.querySelectorAll("button[name^='a.'], [type=radio]")].find((each) => each.value === value);
  if (text) text.value = value;
  else choice.click();
  if (text || choice.type === "radio") send.click();
  const took = () => kept().find((name) => !before.includes(name));
  for (let n = 0; n < 300; n += 1) await null; // no reply can come before these are over
  for (let n = 0; n < 20 && !took(); n += 1) await new Promise((done) => setTimeout(done, 5));
  return (took() || "").replace("askonce:kept:", "");
}"""

KEPT = """() => location.protocol === "http:" && document.body.dataset.mode
  ? Object.keys(localStorage).filter((name) => name.startsWith("askonce:kept:")).length : null"""

ONLINE = "() => dispatchEvent(new Event('online'))"


@dataclass(frozen=True)
class Seen:
    """A survey page at a moment."""

    step: str
    question: str
    choices: list[str]
    trouble: bool
    visible: bool
    said: str


def look(hand: Hand, tab: str) -> Seen | None:
    """None where there is no page of ours."""
    found = hand.run(tab, LOOK)
    return Seen(**found) if found else None


def say(hand: Hand, tab: str, question: str, value: str) -> str | None:
    """The submission's id under which the page took it up; "" without its script, or with an answer on the way: then
    nobody knows. None where it asks something else by now: nothing was said."""
    took = hand.run(tab, SAY, question, value)
    return None if took is False else str(took or "")


def kept(hand: Hand, tab: str) -> int | None:
    """How many submissions wait in this browser; None where no page of ours can tell."""
    found: Any = hand.run(tab, KEPT)
    return found if isinstance(found, int) else None
