"""Reads what somebody wrote back to us: whether a machine did, whether she wants no more, and what she says."""

from __future__ import annotations

import re
from email.message import Message

from channels.email.raw_mail import body, header

TEXT_MAX = 10_000
"""Characters kept of what she wrote."""
LINES_MAX = 2_000

_ANSWER = re.compile(r"^((re|aw|antw|sv|vs|رد)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_AWAY = re.compile(
    r"^(auto(matic|mated)?[ -]?(reply|response)|out of (the )?office|autoreply|away from|vacation|"
    r"automatische (antwort|reaktion)|abwesenheit(snotiz|s)?|ich bin (nicht|abwesend)|"
    r"réponse automatique|absence|respuesta automática|risposta automatica|afwezig|fuera de la oficina|رد تلقائي)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(please )?(unsubscribe|stop|stop it|opt[ -]?out|remove|remove me|take me off)"
    r"( me)?( from (this|your|the) (mailing )?list)?( please)?|no more (e-?mails?|mails?)( please)?|"
    r"(bitte )?(abmelden|abbestellen|austragen|stopp|keine (e-?mails?|mails?) mehr)( bitte)?|"
    r"(se )?désabonner|désinscription|(darse de )?baja|annulla iscrizione|afmelden|"
    r"(الغاء|إلغاء) الاشتراك|توقف|أوقف"
)

# A line after which there is only what we wrote ourselves, or her program.
_QUOTED = re.compile(
    r"-{2,} ?(original|forwarded|ursprüngliche|weitergeleitete|message d.origine|mensaje original)|_{20,}$|"
    r"(on|am|le|el|il|op|den|em|på|في|بتاريخ) .{5,300}"
    r"(wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu|كتب|كتبت)\b.{0,200}:$",
    re.IGNORECASE,
)
_HEADERS = re.compile(r"\*?(from|von|de|da|van|من)\s?:\*? .", re.IGNORECASE)
_MORE_HEADERS = re.compile(
    r"\*?(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|enviado|inviato|verzonden)\s?:", re.IGNORECASE
)
_SIGNED = re.compile(
    r"--\s?$|(sent (from|via)|get outlook for) \w+|von meinem .{1,40} gesendet|envoyé de mon \w+|"
    r"enviado desde mi \w+",
    re.IGNORECASE,
)


def is_automatic(mail: Message) -> bool:
    """Whether a machine wrote it, by RFC 3834 and by what mail programs do instead."""
    submitted = header(mail, "auto-submitted").lower()
    marks = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-auto-response-suppress", "x-mail-autoreply")
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or any(mail.get(name) is not None for name in marks)
        or header(mail, "precedence").lower() in ("bulk", "junk", "list", "auto_reply", "auto-reply")
        or header(mail, "return-path") == "<>"
        or bool(_AWAY.match(_ANSWER.sub("", header(mail, "subject"))))
    )


def asks_to_stop(mail: Message) -> bool:
    """Whether the subject alone says so, as mail programs write it for our List-Unsubscribe."""
    return says_stop(header(mail, "subject"))


def says_stop(text: str) -> bool:
    """Whether it is nothing but a wish to hear no more."""
    plain = re.sub(r"[^\w\s-]", " ", text.casefold())
    return bool(_STOP.fullmatch(" ".join(plain.split()))) and len(plain) < 100


def written(mail: Message) -> str:
    """What she wrote herself: without what she answers to, and without what her program adds at the end."""
    lines = [line.rstrip() for line in body(mail).splitlines()[:LINES_MAX]]
    end = next((n for n in range(len(lines)) if _ends(lines, n)), len(lines))
    said = _without_quotes(lines[:end]) or _without_quotes(lines[end + 1 :])  # some write below what they quote
    return said[:TEXT_MAX]


def _ends(lines: list[str], n: int) -> bool:
    """Whether only quotes and signatures follow from this line on."""
    line, *later = [line[:300].strip() for line in lines[n : n + 4]]
    if _SIGNED.match(line) or _QUOTED.match(line):
        return True
    # The sentence before a quote is often broken, over two lines or three.
    if any(_QUOTED.match(" ".join([line, *later[:more]])) for more in (1, 2)) and not _QUOTED.match(
        " ".join(later[:1])
    ):
        return True
    if line.endswith(":") and later and later[0].startswith(">"):
        return True
    return bool(_HEADERS.match(line) and any(_MORE_HEADERS.match(next_line) for next_line in later))


def _without_quotes(lines: list[str]) -> str:
    kept = "\n".join(line for line in lines if not line.lstrip().startswith(">"))
    kept = "".join(c for c in kept if c.isprintable() or c in "\n\t")
    return re.sub(r"\n{3,}", "\n\n", kept).strip()
