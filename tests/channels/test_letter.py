"""One letter to many: what is each person's own is put in last, and nothing of it is taken for anything else."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html import escape
from html.parser import HTMLParser
from itertools import permutations

import pytest

from channels.channel import Letter, Outgoing
from channels.email import mime
from channels.email.colour import contrast, mix, readable, turned
from channels.email.marks import BLANKS_MAX, Marks, filled, fits
from channels.email.render import LIGHT, Choice, EmailInvitation, Logo, headers, render

MARKS = Marks("0f1e2d3c4b5a")
LINK, STOP = "https://ask.example.com/s/Zk3n8Qw1", "https://ask.example.com/u/Zk3n8Qw1"
TRAP = f"{LINK}/more"
NAME = MARKS.of("w1")
HELLO = EmailInvitation(
    marks=MARKS,
    subject=f"{NAME}, one question",
    brand="Northwind",
    intro=f"Hello {NAME},\nthank you.",
    question=f"{NAME}, was it easy?",
    choices=(Choice("No", "score=1"), Choice("Yes", "score=2")),
    answer_text="Answer",
    unsubscribe_text="Unsubscribe",
)
AWKWARD = [
    "Ann",
    "<b>Ann</b>",
    'Ann & "Bea" O\'Hara',
    "Ann\r\nBcc: eve@example.com",
    "Ann\n\n.\n",
    "\u202eevil\u202c",
    "\u05d0\u05e0\u05d4\u200f",
    "Ann\x00\x1b[31m\ud800",
    "&lt;Ann&gt; %s {{ name }} \\1 $& -h-",
    "👩‍🚀",
    "{person.name}",
    "-t.link.0f1e2d3c4b5a-",
    "-h.link.0f1e2d3c4b5a-",
    "-s.w1.0f1e2d3c4b5a-",
    "-a.stop.0f1e2d3c4b5a--h.w1.0f1e2d3c4b5a-",
    "0f1e2d3c4b5a",
]


class Words(HTMLParser):
    """What is read of an HTML mail, where its links lead, and which tags there are."""

    def __init__(self, html: str):
        super().__init__()
        self.text, self.links, self.tags = "", list[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def to(name: str, invitation: EmailInvitation = HELLO) -> Outgoing:
    letter = render(invitation)
    blanks = invitation.marks.blanks(letter, {"link": LINK, "stop": STOP, "trap": TRAP, "w1": name})
    mail = filled(letter, blanks)
    return Outgoing(
        "inv-1", "email", "ann@example.com", mail.text, mail.subject, mail.html, name, headers=headers(STOP, "nps"),
        letter=letter, blanks=blanks,
    )  # fmt: skip


def one_by_one(letter: Letter, blanks: dict[str, str]) -> Letter:
    """As a provider may fill it: over the whole letter once for each mark."""
    subject, text, html = letter.subject, letter.text, letter.html
    for mark, value in blanks.items():
        subject, text, html = (said.replace(mark, value) for said in (subject, text, html))
    return Letter(subject, text, html)


@pytest.mark.parametrize("name", AWKWARD)
def test_a_name_is_a_name_wherever_it_stands(name: str) -> None:
    plain, mail = Words(to("Ann").html), to(name)
    found = Words(mail.html)
    assert found.links == plain.links == [f"{LINK}?score=1", f"{LINK}?score=2", LINK, STOP, TRAP]
    assert [tag for tag in found.tags if tag not in ("bdi", "br")] == [tag for tag in plain.tags if tag != "br"]
    assert mail.text.count(LINK) == mail.text.count(STOP) == 1
    assert mail.subject.isprintable()
    raw = mime.build(mail, "Ask <ask@example.com>").as_bytes()
    read = message_from_bytes(raw, policy=default)
    assert read["Bcc"] is None
    assert read["Subject"] == mail.subject
    assert str(read["List-Unsubscribe"]) == f"<{STOP}>"
    assert read["To"].addresses[0].addr_spec == "ann@example.com"


@pytest.mark.parametrize("name", AWKWARD)
def test_a_letter_and_its_blanks_are_the_finished_mail_in_whatever_order_they_are_filled(name: str) -> None:
    mail = to(name)
    assert mail.letter
    finished = Letter(mail.subject, mail.text, mail.html)
    assert filled(mail.letter, mail.blanks) == finished
    orders = permutations(mail.blanks.items())
    for _, order in zip(range(120), orders, strict=False):
        assert one_by_one(mail.letter, dict(order)) == finished


def test_a_mark_in_a_name_is_read_as_it_was_written() -> None:
    name = "-h.link.0f1e2d3c4b5a-"
    assert f"Hello {name}," in Words(to(name).html).text
    assert f"Hello {name.replace('-', '‐')}," in to(name).text


def test_everybody_has_the_same_letter() -> None:
    letters = {to(name).letter for name in AWKWARD}
    assert len(letters) == 1
    assert "Ann" not in str(letters)


def test_what_turns_the_direction_of_a_line_goes_and_what_reads_from_the_right_is_kept_apart() -> None:
    assert "evil" in to("\u202eevil").text
    assert not {"\u202e", "\u2066"} & set(to("\u202eevil\u2066").text + to("\u202eevil\u2066").html)
    assert "<bdi>\u05d0\u05e0\u05d4</bdi>, was it easy?" in to("\u05d0\u05e0\u05d4").html


def test_lines_stay_lines() -> None:
    assert "Hello Ann,<br>thank you." in to("Ann").html
    assert "Hello Ann,\nthank you." in to("Ann").text


def test_a_subject_is_one_line_and_a_title_has_no_tags() -> None:
    mail = to("\u05d0\u05e0\u05d4\n<i>\u200f")
    assert mail.subject == "\u05d0\u05e0\u05d4 <i>, one question"
    assert f"<title>{escape('אנה <i>')}\u200f, one question</title>" in mail.html


def test_what_does_not_fit_beside_a_letter_is_known() -> None:
    fitting = {"-t.w1.0-": "x" * (BLANKS_MAX - len('{"-t.w1.0-": ""}'))}
    assert len(json.dumps(fitting)) == BLANKS_MAX
    assert fits(fitting)
    assert not fits({"-t.w1.0-": fitting["-t.w1.0-"] + "x"})


@pytest.mark.parametrize("name", ["", "Link", "a.b", "a-b", "x" * 21])
def test_marks_have_plain_names(name: str) -> None:
    with pytest.raises(ValueError, match="names no mark"):
        MARKS.of(name)


def test_a_logo_has_a_size_a_name_and_white_ground() -> None:
    html = to(
        "Ann", replace(HELLO, brand='A "B" <C>', logo=Logo("https://ask.example.com/pictures/0.png", 168, 48))
    ).html
    found = html.split("<img ", 1)[1].split(">", 1)[0]
    assert 'src="https://ask.example.com/pictures/0.png" width="168" height="48"' in found
    assert 'alt="A &quot;B&quot; ' in found
    assert 'class="plate" bgcolor="#ffffff"' in html


def test_pictures_say_what_they_show_where_there_are_no_words() -> None:
    face = "https://ask.example.com/assets/smileys-1.png"
    sad, yes = Choice("", "score=1", "Very unhappy", face), Choice("Yes", "score=2", picture=face)
    html = to("Ann", replace(HELLO, look="pictures", choices=(sad, yes))).html
    assert html.count("<img ") == 2
    assert 'alt="Very unhappy"' in html
    assert 'alt=""' in html


def test_only_pictures_that_the_mail_names_are_fetched() -> None:
    html = to("Ann").html
    assert "<img" not in html
    for loads in ("<link", "<script", "<iframe", "@import", "url(", "@font-face"):
        assert loads not in html


def test_styles_stand_in_the_tags_and_only_what_cannot_in_the_head() -> None:
    html = to("Ann").html
    assert html.count("<style>") == 2
    assert "data-css-inline" not in html
    assert "@media (prefers-color-scheme:dark)" in html
    assert 'class="ground" bgcolor="#ffffff" style="margin:0;' in html
    assert html.count("<!--[if mso]>") == 3


@pytest.mark.parametrize(
    "accent", ["#ffffff", "#000000", "#f2b705", "#2457c5", "#808080", "#0000ff", "#00a36c", "#ff00ff"]
)
def test_every_accent_is_read_where_a_mail_program_turns_light_to_dark(accent: str) -> None:
    for ground in (LIGHT, mix(accent, LIGHT, 0.12)):
        ink = readable(accent, ground)
        assert contrast(ink, ground) >= 4.5
        assert contrast(turned(ink), turned(ground)) >= 4.5
    assert contrast(turned("#ffffff"), turned(readable(accent, LIGHT))) >= 4.5


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#123456", "#fedcba"])
def test_turning_a_colour_twice_is_the_colour(colour: str) -> None:
    assert turned("#ffffff") == "#000000"
    ones, twos = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (colour, turned(turned(colour))))
    assert max(abs(a - b) for a, b in zip(ones, twos, strict=True)) <= 1


def test_an_unsubscribe_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no absolute link"):
        headers("javascript:alert(1)", "nps")


def test_the_sender_and_where_answers_go_are_the_letters_own() -> None:
    mail = replace(to("Ann"), sender='"Käse, Ltd" <cheese@example.org>', reply_to="help@example.org")
    read = message_from_bytes(mime.build(mail, "Ask <ask@example.com>").as_bytes(), policy=default)
    assert read["From"].addresses[0].display_name == "Käse, Ltd"
    assert read["From"].addresses[0].addr_spec == "cheese@example.org"
    assert read["Reply-To"].addresses[0].addr_spec == "help@example.org"
    assert (
        message_from_bytes(mime.build(to("Ann"), "Ask <ask@example.com>").as_bytes(), policy=default)["Reply-To"]
        is None
    )
