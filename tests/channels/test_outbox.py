"""The development mailbox shows each send as it would have gone out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from channels import outbox
from channels.channel import Outgoing
from channels.outbox import Outbox

MAIL = Outgoing(
    "inv-1",
    "email",
    "ada@example.com",
    "How was it?",
    "Ünd?",
    "<p>How?</p>",
    headers={"List-Unsubscribe": f"<https://ask.example.com/u/{'x' * 90}>"},
)


def test_newest_first_with_headers_as_on_the_wire(tmp_path: Path) -> None:
    mails, texts = Outbox(tmp_path, "email", "Ask <ask@example.com>"), Outbox(tmp_path, "sms", "")
    mails.send([MAIL])
    texts.send([Outgoing("inv-2", "sms", "+447700900123", "How?")])
    text, mail = mails.read()
    assert (text["id"], text["kind"], text["headers"], text["html"]) == ("inv-2", "sms", {}, "")
    assert set(mail) == {"id", "kind", "at", "to", "subject", "text", "html", "headers"}
    assert (mail["id"], mail["subject"], mail["html"]) == ("inv-1", "Ünd?", "<p>How?</p>")
    assert mail["headers"]["List-Unsubscribe"] == MAIL.headers["List-Unsubscribe"]
    assert mail["headers"]["Subject"] == "=?utf-8?q?=C3=9Cnd=3F?="
    assert 0 < mail["at"] <= text["at"]


def test_a_second_send_is_a_second_file(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "email", "ask@example.com")
    box.send([MAIL, MAIL])
    box.send([MAIL])
    assert len(box.read()) == len(list(tmp_path.iterdir())) == 3
    assert all("-inv-1-" in path.name for path in tmp_path.iterdir())
    assert len(box.read(2)) == 2
    assert box.read(0) == []


def test_an_id_cannot_leave_the_folder(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box", "sms", "")
    box.send([Outgoing("../../etc/x\x00" + "y" * 300, "sms", "+447700900123", "How?")])
    assert len(list((tmp_path / "box").iterdir())) == 1
    assert len(box.read()) == 1


def test_old_mail_is_cleared_away(tmp_path: Path) -> None:
    box = Outbox(tmp_path, "sms", "")
    for number in range(outbox.KEPT):
        (tmp_path / f"{number:020d}-old-0.json").write_text("{}")
    box.send([replace(MAIL, kind="sms", id="new")])
    assert len(list(tmp_path.iterdir())) == outbox.KEPT
    assert box.read(1)[0]["id"] == "new"
    assert not (tmp_path / f"{0:020d}-old-0.json").exists()


def test_importing_the_channels_is_cheap() -> None:
    heavy = "{'twilio', 'sendgrid', 'requests', 'jinja2', 'smtplib'}"
    code = f"import sys, channels, channels.outbox; assert not {heavy} & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
