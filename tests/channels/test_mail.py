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
from channels.email.render import EmailInvitation, render

SENDER = "Ask <ask@example.com>"
LINK = "https://ask.example.com/s/Zk3n8Qw1RtYp0LmXc2VbNa"
INVITATION = EmailInvitation(
    id="inv-1",
    to="ada@example.com",
    to_name="Ada",
    subject="How likely are you to recommend Northwind?",
    brand="Northwind",
    question="How likely are you to recommend Northwind to a friend?",
    choices=[(str(n), f"{LINK}?score={n}&by=mail") for n in range(11)],
    answer_url=LINK,
    answer_text="Answer in your browser",
    unsubscribe_url="https://ask.example.com/u/Zk3n8Qw1RtYp0LmXc2VbNa",
    unsubscribe_text="Unsubscribe",
    preheader="One question, one tap.",
    intro="Hello Ada",
    low_label="not at all likely",
    high_label="extremely likely",
    footer="Northwind Ltd\n1 Quay Street, Bristol",
    seconds="Takes 20 seconds.",
)


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
    found = links(render(INVITATION).html)
    assert found[:11] == [url for _, url in INVITATION.choices]
    assert found[11:] == [INVITATION.answer_url, INVITATION.unsubscribe_url]


def test_links_are_absolute_and_double_quoted() -> None:
    for tag, attrs, source in Tags(render(INVITATION).html).found:
        if tag == "a":
            assert str(attrs["href"]).startswith("https://")
            assert 'href="https://' in source


def test_nothing_is_fetched_when_the_mail_is_opened() -> None:
    html = render(INVITATION).html
    assert not {"img", "link", "script", "iframe", "form"} & {tag for tag, _, _ in Tags(html).found}
    assert "url(" not in html
    assert "@import" not in html


def test_outlook_finds_sizes_and_colours_as_attributes() -> None:
    cells = [attrs for tag, attrs, _ in Tags(render(INVITATION).html).found if tag == "td" and "height" in attrs]
    assert len(cells) == 11
    assert all((c["width"], c["height"], c["align"], c["valign"]) == ("9%", "44", "center", "middle") for c in cells)
    assert all(str(c["bgcolor"]).startswith("#") for c in cells)


def test_the_text_has_one_way_to_answer_and_one_to_leave() -> None:
    text = render(INVITATION).text
    assert text.count("https://") == 2
    assert LINK in text.splitlines()
    assert INVITATION.unsubscribe_url in text.splitlines()
    assert "0 = not at all likely, 10 = extremely likely" in text


def test_one_end_may_be_left_without_words() -> None:
    text = render(replace(INVITATION, high_label="")).text
    assert "\n0 = not at all likely\n" in text
    assert "10 =" not in render(replace(INVITATION, high_label="")).html
    assert "0 =" not in render(replace(INVITATION, low_label="", high_label="")).text


def test_the_mail_is_far_below_what_is_clipped() -> None:
    assert len(mime.build(render(INVITATION), SENDER).as_bytes()) < 16_000


def test_other_peoples_words_stay_words() -> None:
    evil = "<script>\"&'</script>"
    html = render(replace(INVITATION, brand=evil, question=evil, footer=evil, low_label=evil, lang='"x')).html
    assert "<script" not in html
    assert html.count("&lt;script&gt;&#34;&amp;&#39;&lt;/script&gt;") == 4


def test_long_labels_become_a_list_and_no_choices_leave_the_link() -> None:
    wide = render(replace(INVITATION, choices=[("Very easy", LINK), ("Very hard", LINK)])).html
    assert "border-top:2px solid" in wide
    assert "0 =" not in wide
    assert links(render(replace(INVITATION, choices=[])).html) == [LINK, INVITATION.unsubscribe_url]


def test_right_to_left_keeps_the_row_and_its_ends_together() -> None:
    tags = Tags(render(replace(INVITATION, lang="ar", dir="rtl")).html).found
    assert tags[0][1] == {"lang": "ar", "dir": "rtl"}
    assert [attrs["dir"] for tag, attrs, _ in tags if tag == "table" and "dir" in attrs] == ["ltr", "ltr"]


@pytest.mark.parametrize(
    "change",
    [
        {"answer_url": "/s/abc"},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"choices": [("1", "//example.com")]},
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
    headers = mime.wire_headers(mime.build(render(replace(INVITATION, stream="NPS, spring")), SENDER))
    assert headers["List-Unsubscribe"] == f"<{INVITATION.unsubscribe_url}>"
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
    item = render(
        replace(INVITATION, subject="Zufrieden? " + "Ä" * 90, question="Wie war es? 你好", to_name="Ada, Gräfin")
    )
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
