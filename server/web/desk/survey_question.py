"""One question of a survey's form."""

from __future__ import annotations

from typing import Any

from server.core.surveys.edit import Made, moved, new_option_id, put, text_in, with_text
from server.core.surveys.questions import FIELDS, KINDS, OTHER, SCALES, WITH_OPTIONS
from server.web.desk import survey_when
from server.web.desk.survey_fields import Form, filled, flag, number, several, text


def read(form: Form, at: str, question: Made, language: str, own: str) -> Made:
    """`question` with what was typed into the fields that begin with `at`."""
    if f"{at}kind" not in form:
        return question
    made = dict(question)
    was = form.get(f"{at}was", "")
    for key in ("text", "hint"):
        text(form, at + key, made, key, language, own)
    made.setdefault("text", "")
    for key in ("required", "with_previous"):
        flag(form, at + key, made, key)
    if was in SCALES:
        for key in ("low", "high"):
            text(form, at + key, made, key, language, own)
        _scale(form, at, made, was)
        _labels(form, at, made, language, own)
    if was in WITH_OPTIONS:
        _options(form, at, made, language, own)
        text(form, f"{at}other", made, "other", language, own)
        number(form, f"{at}most", made, "most")
    if was == "contact":
        _fields(form, at, made)
    survey_when.read(form, at, made)
    _kind(form, at, made, was)
    return made


def points(question: Made) -> range:
    """The points of its scale, as far as it has one that is known."""
    known = SCALES.get(str(question.get("kind")), ())
    raw = question.get("scale")
    said = tuple(raw) if isinstance(raw, list) and len(raw) == 2 else ()
    low, high = said if said in known else known[0] if known else (0, -1)
    return range(low, high + 1)


def add_option(question: Made, at: str) -> str:
    """One more, without a text yet. The field to go on with."""
    options = _listed(question)
    options.append({"id": "", "text": ""})
    question["options"] = options
    return f"{at}o.{len(options) - 1}.text"


def drop_option(question: Made, index: int, at: str) -> str:
    options = _listed(question)
    question["options"] = options[:index] + options[index + 1 :]
    return f"{at}o.{max(index - 1, 0)}.text"


def raise_option(question: Made, index: int, at: str) -> str:
    question["options"] = moved(_listed(question), index, -1)
    return f"{at}o.{max(index - 1, 0)}.text"


def _listed(question: Made) -> list[Made]:
    raw = question.get("options")
    return [dict(each) for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []


def _kind(form: Form, at: str, made: Made, was: str) -> None:
    """Another kind: what only the old one knew goes, what both know stays."""
    kind = form.get(f"{at}kind", "")
    if kind not in KINDS or kind == made.get("kind"):
        return
    made["kind"] = kind
    scale = made.get("scale")
    if not (isinstance(scale, list) and tuple(scale) in SCALES.get(kind, ())):
        made.pop("scale", None)
    labels = made.get("labels")
    if not (isinstance(labels, list) and len(labels) == len(points(made))):
        made.pop("labels", None)
    if kind in WITH_OPTIONS and not _listed(made):
        made["options"] = [{"id": "", "text": ""}, {"id": "", "text": ""}]


def _scale(form: Form, at: str, made: Made, was: str) -> None:
    ends = filled(form, f"{at}scale").split("-")
    if len(ends) != 2 or not all(end.isdigit() and len(end) < 3 for end in ends):
        return
    low, high = int(ends[0]), int(ends[1])
    now = points(made)
    if (low, high) in SCALES.get(was, ()) and (low, high) != (now[0], now[-1]):
        made["scale"] = [low, high]


def _labels(form: Form, at: str, made: Made, language: str, own: str) -> None:
    raw = made.get("labels")
    before = list(raw) if isinstance(raw, list) else []
    wanted = len(points(made))
    now: list[Any] = [before[n] if n < len(before) else "" for n in range(wanted)]
    for n in range(wanted):
        if f"{at}label.{n}" not in form:
            continue
        said = filled(form, f"{at}label.{n}")
        if said != text_in(now[n], language, own):
            now[n] = with_text(now[n], language, own, said) or ""
    if now != before:
        put(made, "labels", now if any(now) else [])


def _options(form: Form, at: str, made: Made, language: str, own: str) -> None:
    options = _listed(made)
    for n, option in enumerate(options):
        if f"{at}o.{n}.text" not in form:
            continue
        said = filled(form, f"{at}o.{n}.text")
        if said != text_in(option.get("text"), language, own):
            option["text"] = with_text(option.get("text"), language, own, said) or ""
        if not option.get("id") and said:
            option["id"] = new_option_id(options, said)
    made["options"] = options


def finish(question: Made) -> None:
    """Options that nobody gave a text are none."""
    if question.get("kind") in WITH_OPTIONS:
        question["options"] = [option for option in _listed(question) if option.get("text")]


def _fields(form: Form, at: str, made: Made) -> None:
    said = [name for name in FIELDS if form.get(f"{at}field.{name}")]
    if said != list(made.get("fields", FIELDS)):
        several(made, "fields", said)
        made.setdefault("fields", [])


def options_shown(question: Made, language: str, own: str) -> list[dict[str, str]]:
    """What the form shows of each: its id, its text, and how it is called in the survey's own language."""
    return [
        {
            "id": str(option.get("id") or ""),
            "text": text_in(option.get("text"), language, own),
            "own": text_in(option.get("text"), own, own),
        }
        for option in _listed(question)
    ]


def called(question: Made, language: str) -> list[tuple[str, str]]:
    """Id and text of each option, the one that she words herself with them."""
    found = [(o["id"], o["own"] or o["id"]) for o in options_shown(question, language, language) if o["id"]]
    other = text_in(question.get("other"), language, language)
    return [*found, (OTHER, other)] if other else found
