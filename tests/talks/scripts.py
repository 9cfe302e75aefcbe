"""Fifty conversations: what she texts, what is said to it, and what is stored in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Script:
    """`back` is what each of her texts is answered with: the id of the question that is asked then, `again`, `page`,
    `thanks`, a wish, `twilio` for what Twilio says by itself, or "" for nothing."""

    about: str
    survey: str
    said: Sequence[str]
    back: Sequence[str]
    stored: dict[str, Any]
    language: str = "en"


def _nps(about: str, said: str, back: str, language: str = "en", **stored: Any) -> Script:
    """Texts and answers, each separated by a bar."""
    return Script(about, "nps", said.split(" | "), back.split(" | "), stored, language)


LATE = "Your driver was late and rude"
SCRIPTS = [
    _nps("a score, a reason, thanks", "9 | You were fast", "why | thanks", score=9, why="You were fast"),
    _nps("the lowest score", "0 | Awful", "why | thanks", score=0, why="Awful"),
    _nps("ten is no one and no nought", "10 | Great", "why | thanks", score=10, why="Great"),
    _nps("a number word", "nine | Fast", "why | thanks", score=9, why="Fast"),
    _nps("a number word in capitals", "SEVEN | Fine", "why | thanks", score=7, why="Fine"),
    _nps("nine out of ten", "9/10 | Fast", "why | thanks", score=9, why="Fast"),
    _nps("with a full stop", "8. | Fine", "why | thanks", score=8, why="Fine"),
    _nps("a keycap", "9️⃣ | Fast", "why | thanks", score=9, why="Fast"),
    _nps("spaces and lines around it", "\n 6 \n | Slow", "why | thanks", score=6, why="Slow"),
    _nps("Arabic digits", "٩ | سريع", "why | thanks", "ar", score=9, why="سريع"),
    _nps("German words", "neun | Schnell", "why | thanks", "de", score=9, why="Schnell"),
    _nps("an umlaut written out", "fuenf | Geht so", "why | thanks", "de", score=5, why="Geht so"),
    _nps("an Arabic number word", "تسعة | ممتاز", "why | thanks", "ar", score=9, why="ممتاز"),
    _nps("both in one text", "9 because you were so fast", "thanks", score=9, why="9 because you were so fast"),
    _nps("thanks are no reason", "9 thanks | Fast", "why | thanks", score=9, why="Fast"),
    _nps("out of range, then right", "11 | 10 | Yes", "again | why | thanks", score=10, why="Yes"),
    _nps("a hundred", "100 | 10 | Yes", "again | why | thanks", score=10, why="Yes"),
    _nps("below nought", "-1 | 1 | No", "again | why | thanks", score=1, why="No"),
    _nps("two numbers", "8 or 9 | 8 | Mostly", "again | why | thanks", score=8, why="Mostly"),
    _nps("a half", "8.5 | 8 | Mostly", "again | why | thanks", score=8, why="Mostly"),
    _nps("out of range twice", "11 | 12", "again | page"),
    _nps("out of range twice, and then right", "11 | 12 | 8 | Mostly", "again | page | why | thanks",
         score=8, why="Mostly"),
    _nps("a sentence, then the number", f"{LATE} | 2", "again | thanks", score=2, why=LATE),
    _nps("two sentences", f"{LATE} | And nobody said sorry to me", "again | page",
         why=f"{LATE}\nAnd nobody said sorry to me"),
    _nps("a sentence in German", "Der Fahrer war leider viel zu spät | drei", "again | thanks", "de",
         score=3, why="Der Fahrer war leider viel zu spät"),
    _nps("minutes are no score", "I waited 45 minutes for it | 1", "again | thanks",
         score=1, why="I waited 45 minutes for it"),
    _nps("no reason", "9 | skip", "why | thanks", score=9, why=""),
    _nps("more after the end", "9 | Fast | And friendly | 3", "why | thanks |  | ", score=9, why="Fast"),
    _nps("only a score", "9", "why", score=9),
    _nps("nothing but a picture", " | 9", "again | why", score=9),
    _nps("STOP at once", "STOP | 9", "twilio | ", score=9),
    _nps("STOP in the middle", "9 | Stop", "why | twilio", score=9),
    _nps("STOP in German, of which Twilio knows nothing", "Abmelden", "stop", "de"),
    _nps("STOP in Arabic", "توقف", "stop", "ar"),
    _nps("a sentence that ends it", "Please don't text me again", "stop"),
    _nps("a reason that ends it", "2 | Too many of these. Please don't text me again", "why | stop",
         score=2, why="Too many of these. Please don't text me again"),
    _nps("STOP, and START after it", "STOP | START | 9 | Fast", "twilio | twilio | why | thanks", score=9, why="Fast"),
    _nps("HELP, and on it goes", "HELP | 9 | Fast", "help | why | thanks", score=9, why="Fast"),
    _nps("help in German", "Hilfe | 9", "help | why", "de", score=9),
    _nps("a START that takes nothing back", "START | 9", " | why", score=9),
    _nps("emoji in the reason", "10 | 😀👍 toll", "why | thanks", "de", score=10, why="😀👍 toll"),
    Script("the unhappy are asked what went wrong", "branches", ["1", "2", "No"], ["what", "words", "thanks"],
           {"mood": 1, "what": {"chosen": ["rude"]}, "words": "No"}),
    Script("by its name", "branches", ["2", "late", "No"], ["what", "words", "thanks"],
           {"mood": 2, "what": {"chosen": ["late"]}, "words": "No"}),
    Script("in words of her own", "branches", ["2", "The soup", "No"], ["what", "words", "thanks"],
           {"mood": 2, "what": {"chosen": ["other"], "other": "The soup"}, "words": "No"}),
    Script("the happy are asked what they liked", "branches", ["5", "1 and 3", "skip"], ["liked", "words", "thanks"],
           {"mood": 5, "liked": {"chosen": ["food", "view"]}, "words": ""}),
    Script("more than may be chosen", "branches", ["4", "1 2 3", "1 2", "No"], ["liked", "again", "words", "thanks"],
           {"mood": 4, "liked": {"chosen": ["food", "room"]}, "words": "No"}),
    Script("of the middling neither is asked", "branches", ["3", "So so"], ["words", "thanks"],
           {"mood": 3, "words": "So so"}),
    Script("every odd kind", "odd", ["👍", "****", "213", "Ann Example, ann@example.com"],
           ["stars", "order", "who", "thanks"],
           {"again": 1, "stars": 4, "order": {"chosen": ["speed", "price", "smile"]},
            "who": {"name": "Ann Example", "email": "ann@example.com"}}),
    Script("yes and no are words for up and down", "odd", ["no", "two", "1 2", "1 2 3", "-"],
           ["stars", "order", "again", "who", "thanks"],
           {"again": 0, "stars": 2, "order": {"chosen": ["price", "speed", "smile"]}, "who": ""}),
    Script("what lists too much is for the page", "long", ["8", "Town 3"], ["page", ""], {"score": 8, "why": "Town 3"}),
    Script("a text that leads to the page takes an answer too", "link", ["9", "You were fast"], ["page", "thanks"],
           {"score": 9, "why": "You were fast"}),
]  # fmt: skip
