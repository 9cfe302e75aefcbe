"""The mail as it leaves: readable everywhere, left by one click, with nobody else's headers in it."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest

from channels.channel import Outgoing
from channels.email import mime
from channels.email.colour import contrast, readable
from channels.email.marks import Marks, filled
from channels.email.render import Choice, EmailInvitation, Logo, headers, render

SENDER = "Ask <ask@example.com>"
LINK = "https://ask.example.com/s/Zk3n8Qw1RtYp0LmXc2VbNa"
STOP = "https://ask.example.com/u/Zk3n8Qw1RtYp0LmXc2VbNa"
TRAP = f"{LINK}/more"
INVITATION = EmailInvitation(
    marks=Marks("0f1e2d3c4b5a"),
    subject="How likely are you to recommend Northwind?",
    brand="Northwind",
    question="How likely are you to recommend Northwind to a friend?",
    choices=tuple(Choice(str(n), f"score={n}&by=mail") for n in range(11)),
    answer_text="Answer in your browser",
    unsubscribe_text="Unsubscribe",
    preheader="One question, one tap.",
    intro="Hello Ada",
    low_label="not at all likely",
    high_label="extremely likely",
    footer="Northwind Ltd\n1 Quay Street, Bristol",
    seconds="Takes 20 seconds.",
)


def sent(invitation: EmailInvitation = INVITATION, to_name: str = "Ada", stream: str = "nps", **own: str) -> Outgoing:
    """Ada's mail; `own` is what it says to her alone, by the names of its marks."""
    letter = render(invitation)
    blanks = invitation.marks.blanks(letter, {"link": LINK, "stop": STOP, "trap": TRAP, **own})
    mail = filled(letter, blanks)
    return Outgoing(
        "inv-1", "email", "ada@example.com", mail.text, mail.subject, mail.html, to_name,
        headers=headers(STOP, stream), letter=letter, blanks=blanks,
    )  # fmt: skip


class Tags(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), self.get_starttag_text() or ""))


def links(html: str) -> list[str]:
    return [str(attrs["href"]) for tag, attrs, _ in Tags(html).found if tag == "a"]


def test_each_choice_is_a_link_of_its_own() -> None:
    found = links(sent().html)
    assert found[:11] == [f"{LINK}?score={n}&by=mail" for n in range(11)]
    assert found[11:] == [LINK, STOP, TRAP]


def test_links_are_absolute_and_double_quoted() -> None:
    for tag, attrs, source in Tags(sent().html).found:
        if tag == "a":
            assert str(attrs["href"]).startswith("https://")
            assert 'href="https://' in source


def test_nothing_is_fetched_when_the_mail_is_opened() -> None:
    html = sent().html
    assert not {"img", "link", "script", "iframe", "form"} & {tag for tag, _, _ in Tags(html).found}
    assert "url(" not in html
    assert "@import" not in html


def test_outlook_finds_sizes_and_colours_as_attributes() -> None:
    cells = [attrs for tag, attrs, _ in Tags(sent().html).found if tag == "td" and "height" in attrs]
    assert len(cells) == 11
    assert all((c["width"], c["height"], c["align"], c["valign"]) == ("9%", "44", "center", "middle") for c in cells)
    assert all(str(c["bgcolor"]).startswith("#") for c in cells)


def test_the_text_has_one_way_to_answer_and_one_to_leave() -> None:
    text = sent().text
    assert text.count("https://") == 2
    assert LINK in text.splitlines()
    assert STOP in text.splitlines()
    assert "0 = not at all likely, 10 = extremely likely" in text


def test_one_end_may_be_left_without_words() -> None:
    text = sent(replace(INVITATION, high_label="")).text
    assert "\n0 = not at all likely\n" in text
    assert "10 =" not in sent(replace(INVITATION, high_label="")).html
    assert "0 =" not in sent(replace(INVITATION, low_label="", high_label="")).text


def test_the_mail_is_far_below_what_is_clipped() -> None:
    assert len(mime.build(sent(), SENDER).as_bytes()) < 16_000


def test_other_peoples_words_stay_words() -> None:
    evil = "<script>\"&'</script>"
    html = sent(replace(INVITATION, brand=evil, question=evil, footer=evil, low_label=evil, lang='"x')).html
    assert "<script" not in html
    assert html.count("&lt;script&gt;\"&amp;'&lt;/script&gt;") == 4


def test_long_labels_become_a_list_and_no_choices_leave_the_link() -> None:
    wide = sent(replace(INVITATION, choices=(Choice("Very easy", "score=7"), Choice("Very hard", "score=1")))).html
    assert links(wide)[:2] == [f"{LINK}?score=7", f"{LINK}?score=1"]
    cells = [attrs for tag, attrs, _ in Tags(wide).found if tag == "td" and attrs.get("height") == "44"]
    assert [cell.get("width") for cell in cells] == [None, None]
    assert "0 =" not in wide
    assert links(sent(replace(INVITATION, choices=())).html) == [LINK, STOP, TRAP]


def test_right_to_left_keeps_the_row_and_its_ends_together() -> None:
    tags = Tags(sent(replace(INVITATION, lang="ar", dir="rtl")).html).found
    assert tags[0][1] == {"lang": "ar", "dir": "rtl"}
    assert [attrs["dir"] for tag, attrs, _ in tags if tag == "table" and "dir" in attrs] == ["ltr", "ltr"]


@pytest.mark.parametrize(
    "change",
    [
        {"logo": Logo("/s/abc", 10, 10)},
        {"logo": Logo("javascript:alert(1)", 10, 10)},
        {"choices": (Choice("1", "score=1", picture="//example.com"),)},
        {"accent": "red;}"},
        {"dir": "up"},
    ],
)
def test_what_cannot_stand_in_a_mail_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is n"):
        replace(INVITATION, **change)


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#f2b705", "#2457c5", "#808080"])
@pytest.mark.parametrize("ground", ["#ffffff", "#15181b"])
def test_every_accent_can_be_read(accent: str, ground: str) -> None:
    assert contrast(readable(accent, ground), ground) >= 4.5


def test_headers_for_one_click_unsubscribing() -> None:
    headers = mime.wire_headers(mime.build(sent(stream="NPS, spring"), SENDER))
    assert headers["List-Unsubscribe"] == f"<{STOP}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Id"] == "<NPS-spring.ask.example.com>"
    assert headers["Feedback-ID"] == "NPS-spring:invitation:askonce"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == "<inv-1@example.com>"


def test_a_long_unsubscribe_address_is_not_encoded() -> None:
    address = f"https://ask.example.com/u/{'x' * 200}?a=1,2"
    item = Outgoing(
        "1",
        "email",
        "a@example.com",
        "hi",
        headers={"List-Unsubscribe": f"<{address}>, <mailto:u@example.com>"},
    )
    raw = mime.build(item, SENDER).as_bytes()
    assert f"List-Unsubscribe: <{address}>,\r\n <mailto:u@example.com>\r\n".encode() in raw
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_other_scripts_arrive_over_seven_bits() -> None:
    asked = replace(INVITATION, subject="Zufrieden? " + "Ä" * 90, question="Wie war es? 你好")
    item = sent(asked, to_name="Ada, Gräfin")
    raw = mime.build(item, "Käse <ask@example.com>").as_bytes()
    assert raw.isascii()
    read = message_from_bytes(raw, policy=default)
    assert read["Subject"] == item.subject
    assert read["To"].addresses[0].display_name == "Ada, Gräfin"
    text = read.get_body(("plain",))
    assert text is not None
    assert "Wie war es? 你好" in text.get_content()


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "One\r\nBcc: eve@example.com"},
        {"subject": "One\n"},
        {"subject": "One\u2028Two"},
        {"headers": {"X-A": "1\nBcc: eve@example.com"}},
        {"headers": {"X-A: 1\r\nBcc": "eve@example.com"}},
        {"headers": {"List-Id": "<a.example.com>\r\nBcc: eve@example.com"}},
        {"headers": {"List-Unsubscribe": "<https://exämple.com>"}},
        {"text": "\ud800"},
    ],
)
def test_header_injection_is_refused(change: dict[str, Any]) -> None:
    item = replace(Outgoing("1", "email", "a@example.com", "hi"), **change)
    with pytest.raises(ValueError) as why:
        mime.build(item, SENDER).as_bytes()
    assert mime.refusal(why.value).scope == "content"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "a@b@c.de",
        "ü@example.com",
        "a@b.c\r\nBcc: e@b.c",
    ],
)
def test_no_address_is_no_address(to: str) -> None:
    with pytest.raises(mime.BadAddress):
        mime.build(Outgoing("1", "email", to, "hi"), SENDER)


def test_a_bad_sender_is_not_the_persons_fault() -> None:
    with pytest.raises(mime.BadSender) as why:
        mime.build(Outgoing("1", "email", "ada@example.com", "hi"), "Ask <ask>")
    assert mime.refusal(why.value).scope == "account"


def test_a_mail_without_subject_still_shows_its_headers() -> None:
    assert mime.wire_headers(mime.build(Outgoing("1", "email", "ada@example.com", "hi"), SENDER))["Subject"] == ""


def test_an_address_in_another_script_is_spelled_in_ascii() -> None:
    mail = mime.build(Outgoing("1", "email", "ada@bücher.example", "hi"), SENDER)
    assert str(mail["To"]) == "ada@xn--bcher-kva.example"
