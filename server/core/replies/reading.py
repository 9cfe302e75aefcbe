"""A reply, read by the question that it answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from server.core.replies.tokens import Token, plain, tokens, words
from server.core.surveys.questions import Question

Problem = Literal["", "range", "unclear", "words"]

FEW = 3
"""Words beside a number in what is still an answer and no story."""
_OF = frozenset({"of", "out", "von", "aus", "من", "/"})
_RATES = words("say said give giving rate rating score id be its sage gebe würde bewerte wäre note")
_AROUND = _OF | _RATES | words("a an i d would the ich eine ein die ist")
"""Words that only carry the number."""
_GOES_ON = words("because but since as and cause weil denn aber da und لان لكن")
_UNITS = words(
    "minute minutes min mins hour hours day days week weeks month months year years time times euro euros dollar "
    "dollars percent pm am oclock uhr minuten stunde stunden tag tage woche wochen monat monate jahr jahre mal prozent"
    " % € $ £ دقيقة دقائق ساعة ساعات يوم ايام مرة مرات"
)
_YES = words("yes y yeah yep up good ja gut نعم 👍 👍🏻 👍🏼 👍🏽 👍🏾 👍🏿")
_NO = words("no n nope down bad nein schlecht لا 👎")
_SKIP = words("skip pass next weiter überspringen تخطي -")
_ADDRESS = re.compile(r"[^\s<>,;:]{1,64}@[^\s<>,;:]{1,190}\.[^\s<>,;:.]{2,24}")
_LINK = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_STARS = re.compile(r"[*⭐★\ufe0f\s]+")


@dataclass(frozen=True)
class Read:
    """What a reply comes to: `raw` for `surveys.read`, or None with the `problem` that keeps it from being an answer:
    `range` (a number, and none of these), `unclear` (several), `words` (none). `comment` is what she said besides, or
    instead."""

    raw: Any = None
    comment: str = ""
    problem: Problem = ""


def read_reply(question: Question, text: str, language: str) -> Read:
    """`text` as an answer to `question`. Whether it may stand there says `surveys.read`, as of every other answer."""
    text = text.strip()
    if question.kind == "free_response":
        return Read("" if plain(text) in _SKIP else text)
    if question.kind == "contact":
        return _contact(question, text)
    if not question.required and plain(text) in _SKIP and not question.is_scored:
        return Read("")
    if question.options:
        return _options(question, text, language)
    return _score(question, text, language)


def _score(question: Question, text: str, language: str) -> Read:
    if (named := _named(question, text)) is not None:
        return Read(named)
    found = tokens(_LINK.sub(" ", text), language)
    numbers = _candidates(found, question.high)
    spoken = sum(token.is_word for token in found)
    if not numbers:
        return Read(comment=text, problem="words")
    if len({found[n].number for n in numbers}) > 1 or not found[numbers[0]].is_whole:
        return Read(comment=text if spoken > FEW else "", problem="unclear")
    number = found[numbers[0]].number
    if number not in question.choices:
        return Read(comment=text, problem="words") if spoken > FEW else Read(problem="range")
    if spoken > FEW and not _is_answer(found, numbers[0]):
        return Read(comment=text, problem="words")
    return Read(number, comment=text if any(token.is_word and token.text not in _AROUND for token in found) else "")


def _named(question: Question, text: str) -> int | None:
    """A point of the scale by its own word, by stars, or by a thumb."""
    said = " ".join(plain(text).strip(" .!").split())
    for point, label in zip(question.choices, question.labels, strict=False):
        if said == " ".join(plain(label).split()):
            return point
    if question.kind == "stars" and _STARS.fullmatch(text):
        return sum(sign in "*⭐★" for sign in text)
    if question.kind == "thumbs" and said in _YES | _NO:
        return int(said in _YES)
    return None


def _candidates(found: Sequence[Token], high: int) -> list[int]:
    """Places of the numbers that may be meant: not the 10 of "9 out of 10", not "45 minutes"."""
    places: list[int] = []
    for n, token in enumerate(found):
        if not token.is_number:
            continue
        after, before = found[n + 1 :], found[:n]
        if token.number == high and places and before[-1].text in _OF:
            continue
        if token.text == "one" and sum(each.is_word for each in found) > FEW:
            continue  # "the one thing that I liked"
        if after and after[0].text in _UNITS:
            continue
        places.append(n)
    return places


def _is_answer(found: Sequence[Token], place: int) -> bool:
    """Whether a number within a sentence is what the sentence says: it ends there, a thought begins behind it, or it is
    what she gives."""
    after = found[place + 1 : place + 2]
    if not after or after[0].text in _OF | _GOES_ON or not (after[0].is_word or after[0].is_number):
        return True
    return any(token.text in _RATES for token in found[max(0, place - 3) : place])


def _options(question: Question, text: str, language: str) -> Read:
    said = " ".join(plain(text).strip(" .!").split())
    for option in question.options:
        if said in (plain(option.id), " ".join(plain(option.text).split())):
            return Read([option.id])
    numbers = _chosen(question, text, language)
    if not numbers:
        return Read(comment=text, problem="words")
    if any(not 1 <= number <= len(question.options) for number in numbers):
        return Read(problem="range")
    if question.kind == "select_one" and len(set(numbers)) > 1:
        return Read(problem="unclear")
    return Read([question.options[number - 1].id for number in numbers])


def _chosen(question: Question, text: str, language: str) -> list[int]:
    found = tokens(text, language)
    if any(token.is_number and not token.is_whole for token in found):
        found = tokens(re.sub(r"[.,;]", " ", text), language)  # "1,3" are two
    numbers = [token.number for token in found if token.number is not None]
    if sum(token.is_word for token in found) > max(FEW, 2 * len(numbers)):
        return []  # a story with a number in it
    if question.kind == "ranking" and len(numbers) == 1 and len(question.options) <= 9:
        return [int(digit) for digit in str(abs(numbers[0]))]  # "213"
    return [abs(number) for number in numbers]  # "- 1" begins a list


def _contact(question: Question, text: str) -> Read:
    if plain(text) in _SKIP:
        return Read("")
    address = _ADDRESS.search(text)
    name = " ".join(re.sub(r"[<>,;:()\"]", " ", text.replace(address[0] if address else "", " ")).split())
    said = {"name": name.strip(" ."), "email": address[0].strip(".") if address else ""}
    return Read({field: said[field] for field in question.fields if said[field]})
