"""Who gave a score without words is asked for them once, some hours later, by the channel that she used."""

from __future__ import annotations

import pytest

from server.core.links import seal_short
from server.flows.answer import answer
from server.flows.show import show
from tests.flows.stories import Tales, tales

__all__ = ["tales"]

pytestmark = pytest.mark.both_databases

LATER = {"when": "no_comment", "after_hours": 4, "text": "Thank you, {person.name|friend}! And why?"}


def test_a_score_without_words_is_followed_by_one_question(tales: Tales) -> None:
    tales.town.write(follow_up=LATER, reminders={"times": 2})
    id = tales.ask()
    tales.answer(id, score=3)
    assert tales.steps(id) == [("", "accepted"), ("follow_up:email", "planned"), ("reminder:1:email", "cancelled")]

    tales.later(hours=3.9)
    assert len(tales.sent()) == 1
    tales.later(hours=0.2)

    mail = tales.town.post.sent[1]
    assert mail.subject == "Thank you! Would you tell Harbour why?"
    assert "Thank you, Ann! And why?" in mail.text
    assert "?ask=comment" in mail.text
    assert "score=" not in mail.text + mail.html
    assert tales.kinds() == [("ask", "email"), ("continuation", "email")]
    tales.answer(mail.id, comment="Too slow.")
    [response] = tales.town.responses()
    assert (response.invitation_id, response.score, response.comment) == (id, 3, "Too slow.")


def test_it_comes_once_however_often_she_answers(tales: Tales) -> None:
    tales.town.write(follow_up=LATER)
    id = tales.ask()
    for score in (3, 4, 5):
        tales.answer(id, score=score)
        tales.later(hours=5)

    assert [step for step, _ in tales.steps(id)] == ["", "follow_up:email"]
    assert len(tales.sent()) == 2


@pytest.mark.parametrize("soon", [True, False])
def test_it_does_not_come_to_whoever_said_more_meanwhile(soon: bool, tales: Tales) -> None:
    tales.town.write(follow_up=LATER)
    id = tales.ask()
    tales.answer(id, score=3)
    if soon:
        tales.answer(id, comment="Too slow.")
        assert tales.steps(id)[1] == ("follow_up:email", "cancelled")
    else:
        with tales.town.services.db.writing() as db:
            row = db.merge(tales.rows(id)[1])
        tales.answer(id, comment="Too slow.")
        with tales.town.services.db.writing() as db:
            db.merge(tales.town.row(row.id)).state = "queued"  # a worker has it in its hands already
        tales.town.clock.forward(hours=5)
        tales.town.queue.ids.append(row.id)

    tales.later(hours=5)

    assert (len(tales.sent()), tales.steps(id)[1]) == (1, ("follow_up:email", "cancelled"))


def test_what_she_left_out_on_purpose_is_asked_for_too(tales: Tales) -> None:
    tales.town.write(follow_up=LATER)
    id = tales.ask()
    tales.answer(id, score=3, comment="")
    tales.later(hours=5)

    assert tales.steps(id)[1] == ("follow_up:email", "accepted")


def test_nobody_is_written_to_who_answered_on_a_page(tales: Tales) -> None:
    tales.town.write(follow_up=LATER)
    show(tales.town.services, token := tales.town.offered().token)
    answer(tales.town.services, token, {"score": 3})
    tales.later(hours=5)

    assert (tales.sent(), len(tales.town.ids())) == ([], 1)


def test_it_goes_by_the_channel_on_which_she_answered(tales: Tales) -> None:
    tales.town.write(channels=["email", "sms"], fallback_after_hours=1, follow_up=LATER)
    id = tales.ask()
    tales.later(hours=1.1)
    tales.answer(tales.rows(id)[1].id, score=3)
    tales.later(hours=4.1)

    assert [step for step, _ in tales.steps(id)] == ["", "fallback:sms", "follow_up:sms"]
    text = tales.texts.sent[1].text
    assert text.startswith("Harbour: Thank you, Ann! And why? ")
    assert f"/s/{seal_short(tales.town.services.secret, tales.rows(id)[2].id)}?ask=comment" in text


def test_a_score_that_is_recorded_for_another_system_is_not_followed(tales: Tales) -> None:
    tales.town.write(follow_up=LATER)
    id = tales.ask()
    tales.answer(id, comment="Only words.")
    tales.later(hours=5)

    assert tales.steps(id) == [("", "accepted")]
