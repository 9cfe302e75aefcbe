"""Every state of a survey page: each kind of question, asked, filled in and complained about; thanks, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.core.surveys import KINDS, BadAnswer, read_all, survey_from
from server.core.texts import direction, texts
from server.web.assets import asset, theme
from server.web.steps import Asking, Step, mended, next_step

HOUSE = Path(__file__).parents[2]
ENV = Environment(
    loader=FileSystemLoader(HOUSE / "widget/templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
SCRIPTS = ["/htmx.js", "/frame.js", "/ranking.js"]
ORIGIN = "http://gallery.test"
"""Where the pages are put; nothing of it leaves the browser."""


def _words(en: str, de: str, ar: str) -> dict[str, str]:
    return {"en": en, "de": de, "ar": ar}


_LIKELY = {
    "low": _words("Not at all likely", "Sehr unwahrscheinlich", "غير محتمل إطلاقًا"),
    "high": _words("Extremely likely", "Sehr wahrscheinlich", "محتمل جدًا"),
}
_OPTIONS = [
    {"id": "glaze", "text": _words("The glaze", "Die Glasur", "الطلاء الزجاجي")},
    {"id": "shape", "text": _words("The shape in my hand", "Wie sie in der Hand liegt", "شكلها في اليد")},
    {"id": "price", "text": _words("The price", "Der Preis", "السعر")},
    {"id": "parcel", "text": _words("How it was packed", "Wie sie verpackt war", "طريقة التغليف")},
]
_OTHER = _words("Something else", "Etwas anderes", "شيء آخر")
_SATISFIED = [
    _words("Very dissatisfied", "Sehr unzufrieden", "غير راضٍ إطلاقًا"),
    _words("Somewhat dissatisfied", "Eher unzufrieden", "غير راضٍ إلى حد ما"),
    _words("Neither satisfied nor dissatisfied", "Weder zufrieden noch unzufrieden", "محايد"),
    _words("Somewhat satisfied", "Eher zufrieden", "راضٍ إلى حد ما"),
    _words("Very satisfied", "Sehr zufrieden", "راضٍ جدًا"),
]
QUESTIONS: Mapping[str, dict[str, Any]] = {
    "nps": {
        "text": _words(
            "How likely are you to recommend Harbour Pottery to a friend?",
            "Wie wahrscheinlich ist es, dass Sie Harbour Pottery weiterempfehlen?",
            "ما مدى احتمال أن توصي صديقًا بـ Harbour Pottery؟",
        ),
        **_LIKELY,
    },
    "enps": {
        "text": _words(
            "How likely are you to recommend working at Harbour Pottery?",
            "Würden Sie Harbour Pottery als Arbeitgeber weiterempfehlen?",
            "هل توصي بالعمل في Harbour Pottery؟",
        ),
        **_LIKELY,
    },
    "csat": {
        "text": _words(
            "How satisfied were you with your order?",
            "Wie zufrieden waren Sie mit Ihrer Bestellung?",
            "ما مدى رضاك عن طلبك؟",
        ),
        "labels": _SATISFIED,
    },
    "ces": {
        "text": _words(
            "The shop made it easy to find what I wanted.",
            "Ich habe leicht gefunden, was ich wollte.",
            "كان من السهل أن أجد ما أريد.",
        ),
        "low": _words("Strongly disagree", "Stimme gar nicht zu", "لا أوافق إطلاقًا"),
        "high": _words("Strongly agree", "Stimme voll zu", "أوافق تمامًا"),
    },
    "stars": {
        "text": _words("How would you rate the cup?", "Wie bewerten Sie die Tasse?", "كيف تقيّم الكوب؟"),
        "low": _words("Poor", "Schlecht", "سيئ"),
        "high": _words("Excellent", "Ausgezeichnet", "ممتاز"),
    },
    "smileys": {
        "text": _words("How was your visit today?", "Wie war Ihr Besuch heute?", "كيف كانت زيارتك اليوم؟"),
    },
    "thumbs": {
        "text": _words("Did we solve your problem?", "Haben wir Ihr Anliegen gelöst?", "هل حللنا مشكلتك؟"),
        "labels": [_words("No", "Nein", "لا"), _words("Yes", "Ja", "نعم")],
    },
    "pmf": {
        "text": _words(
            "How would you feel if you could no longer buy from us?",
            "Wie wäre es für Sie, wenn es uns nicht mehr gäbe?",
            "كيف سيكون شعورك لو لم نعد موجودين؟",
        ),
    },
    "scale": {
        "text": _words(
            "How often do you drink tea from it?", "Wie oft trinken Sie Tee daraus?", "كم مرة تشرب الشاي منه؟"
        ),
        "low": _words("Never", "Nie", "أبدًا"),
        "high": _words("Every day", "Jeden Tag", "كل يوم"),
        "scale": [1, 5],
    },
    "select_one": {
        "text": _words("What did you like best?", "Was hat Ihnen am besten gefallen?", "ما أكثر ما أعجبك؟"),
        "options": _OPTIONS,
        "other": _OTHER,
    },
    "select_many": {
        "text": _words(
            "What would you like to see more of?", "Wovon wünschen Sie sich mehr?", "ماذا تريد أن ترى أكثر؟"
        ),
        "options": _OPTIONS,
        "other": _OTHER,
    },
    "ranking": {
        "text": _words("What matters most to you?", "Was ist Ihnen am wichtigsten?", "ما الأهم بالنسبة لك؟"),
        "options": _OPTIONS,
    },
    "free_response": {
        "text": _words(
            "What is the main reason for your score?",
            "Was ist der wichtigste Grund für Ihre Bewertung?",
            "ما السبب الرئيسي لتقييمك؟",
        ),
    },
    "contact": {
        "text": _words(
            "May we write to you about it?", "Dürfen wir Ihnen dazu schreiben?", "هل يمكننا مراسلتك بشأن ذلك؟"
        ),
        "hint": _words("Only about this answer.", "Nur zu dieser Antwort.", "بخصوص هذه الإجابة فقط."),
    },
}
assert set(QUESTIONS) == set(KINDS)

ANSWERS: Mapping[str, Any] = {
    "nps": 9, "enps": 7, "csat": 4, "ces": 6, "stars": 4, "smileys": 4, "thumbs": 1, "pmf": 3, "scale": 3,
    "select_one": {"chosen": ["other"], "other": "The blue one"}, "select_many": {"chosen": ["glaze", "parcel"]},
    "ranking": {"chosen": ["shape", "glaze", "price", "parcel"]}, "free_response": "The glaze.",
    "contact": {"name": "Ann", "email": "ann@example.org"},
}  # fmt: skip
"""One to each kind, as it is kept."""

WRONG: Mapping[str, Any] = {
    "select_one": {"chosen": ["other"], "other": ""}, "ranking": {"chosen": ["glaze"], "places": {"glaze": "1"}},
    "contact": {"name": "Ann", "email": "ann@"},
}  # fmt: skip
"""What is no answer, where nothing at all would be one or says too little."""

THANKS = {
    "text": _words(
        "Every answer is read by a person.", "Jede Antwort wird von Menschen gelesen.", "كل إجابة يقرؤها إنسان."
    ),
    "link": {
        "url": "https://reviews.example/",
        "label": _words("Write a review", "Eine Bewertung schreiben", "اكتب تقييمًا"),
    },
}


def asking(kinds: list[str], language: str, required: bool = False, together: bool = False, **more: Any) -> Asking:
    questions = [
        {"id": kind, "kind": kind, "required": required, "with_previous": together, **QUESTIONS[kind]} for kind in kinds
    ]
    survey = survey_from({"questions": questions, "thanks": THANKS}, language)
    return Asking(survey, seconds=survey.seconds, **more)


def states(language: str) -> Iterator[tuple[str, Step | dict[str, str]]]:
    """Each state's name, and what its page shows."""
    for kind in KINDS:
        yield kind, next_step(asking([kind], language))
        yield f"{kind}-filled", next_step(asking([kind], language), {kind: ANSWERS[kind]})
        yield f"{kind}-wrong", wrong(kind, language)
    yield "together", next_step(asking(["csat", "select_one", "contact"], language, together=True))
    middle = asking(["nps", "thumbs", "select_one", "free_response"], language, answered={"nps": 9, "thumbs": 1})
    yield "middle", next_step(middle)
    yield "thanks", replace(next_step(asking(["nps"], language, answered={"nps": 9})))
    t = texts(language)
    yield "gone", Step("gone", t["gone"], t["gone_text"])
    yield "unsubscribe", {"kind": "unsubscribe", "brand": "Harbour Pottery"}
    yield "unsubscribed", {"kind": "unsubscribed", "brand": "Harbour Pottery"}
    yield "exit", {"kind": "exit"}


def wrong(kind: str, language: str) -> Step:
    about = asking([kind], language, required=True)
    given = {kind: WRONG.get(kind, "")}
    try:
        read_all(about.survey.questions, given)
    except BadAnswer as why:
        return mended(about, given, why)
    raise AssertionError(f"{given} is an answer")


def page(step: Step | dict[str, str], language: str, look: str = "plain", mode: str = "link", scheme: str = "") -> str:
    """The page as the server would send it."""
    kind = step.kind if isinstance(step, Step) else step["kind"]
    name = {"unsubscribe": "unsubscribe", "unsubscribed": "unsubscribe", "exit": "exit"}.get(kind, "survey")
    t = texts(language)
    t = {**t, "unsubscribe_explain": t["unsubscribe_explain"].format(brand="Harbour Pottery")}
    return ENV.get_template(name + ".html").render(
        lang=language, dir=direction(language), mode=mode, scheme=scheme, brand="Harbour Pottery", t=t, token="t",
        assets={"styles": [*_styles(mode), f"/theme/{look}.css"], "scripts": SCRIPTS},
        origin="", shown="", close_url="", unsubscribe_url="" if kind in ("exit", "gone") else "/u/t", action="/s/t",
        step=step, kiosk=None, leave="", complaint=t["kiosk_wrong"], again="/l/t",
    )  # fmt: skip


def _styles(mode: str) -> list[str]:
    return ["/survey.css"] if mode == "widget" else ["/survey.css", "/page.css"]


def served(path: str) -> tuple[str, str]:
    """Type and text of what such a page loads."""
    name = path.rsplit("/", 1)[-1]
    found = theme(name.removesuffix(".css")) if path.startswith("/theme/") else asset(name)
    return found.kind, found.body.decode()
