"""What is said back to a text: the next question, the same once more, the link to the page, thanks."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from channels.sms.render import plain
from server.core.conversation import AGAIN, Fits, Move, Standing
from server.core.surveys import Survey, Thanks
from server.core.surveys.wording import as_text, fits_text, how_by_text
from server.core.texts import texts
from server.flows.answer import Visit
from server.store.tables import Turn
from server.store.turns import OURS

LONGEST = 1600
"""Characters of one text; no more are taken (https://www.twilio.com/docs/api/errors/21617)."""
ASKS = ("opening", "ask", "again")
ENDS = ("page", "thanks")


def standing(survey: Survey, visit: Visit, said: Sequence[Turn]) -> Standing:
    """Where a conversation stands: `survey` in her language, and everything that was `said` in her story."""
    ours = [turn for turn in said if turn.side == OURS and turn.kind in ASKS + ENDS]
    last = ours[-1] if ours else None
    asked = last.question_id if last and last.kind in ASKS else ""
    again = 0
    for turn in reversed(ours):
        if turn.kind != "again":
            break
        again += 1
    # Whoever was given the link is asked nothing once more, and neither is whoever was not asked by text.
    once = survey.delivery.sms == "link" or (last is not None and last.kind in ENDS)
    return Standing(survey, visit.answered, visit.properties, visit.name, asked, AGAIN if once else again)


def fits_in(survey: Survey, asked: str) -> Fits:
    """Which questions are asked by text: of a survey whose texts lead to the page, none but the one that the text has
    in it anyway."""
    if survey.delivery.sms == "link":
        return lambda question: question.id == asked
    return lambda question: fits_text(question, survey.language)


def words_of(move: Move, survey: Survey, link: str, said: Sequence[Turn]) -> str:
    """What is said after `move`; "" for nothing. `link` leads to her page. The link and thanks are said once."""
    last = next((turn.kind for turn in reversed(said) if turn.side == OURS), "")
    if move.kind == "silence" or (move.kind == last and move.kind in ENDS):
        return ""
    if move.kind == "thanks" and move.thanks:
        return _thanks(move.thanks)
    if move.question is None:
        return ""
    if move.kind == "page":
        key = "reply_page_rest" if move.given or any(turn.kind == "ask" for turn in said) else "reply_page"
        return f"{plain(texts(survey.language)[key])}\n{link}?ask={quote(move.question.id, safe='')}"
    if move.complaint is None:
        return plain(as_text(move.question, survey.language))[:LONGEST]
    complaint = move.complaint.say(survey.language)
    how = "" if move.question.choices and not move.question.labels else how_by_text(move.question, survey.language)
    return plain(f"{complaint} {how}".strip())[:LONGEST]


def _thanks(thanks: Thanks) -> str:
    link = f"\n{plain(thanks.link.label)}: {thanks.link.url}" if thanks.link else ""
    return (plain(thanks.text) + link)[:LONGEST].strip()
