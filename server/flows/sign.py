"""A link as a row of scores, to stand under the mails of a team: a click preselects a score, and a person sends it."""

from __future__ import annotations

from dataclasses import dataclass

from channels.email.colour import readable
from channels.email.signature import LIGHT, Signature, face, picture, styles_for
from server.core.surveys import Survey
from server.core.texts import direction
from server.services import Services
from server.store.tables import Site


@dataclass(frozen=True)
class Client:
    """A program that mails are written in. `placeholders` are properties of the answer, as that program fills them in
    when it sends; `where` says where to paste."""

    name: str
    where: str
    placeholders: tuple[tuple[str, str], ...] = ()


CLIENTS = {
    "gmail": Client("Gmail", "Settings › See all settings › General › Signature. Copy the row as it is seen above."),
    "outlook": Client("Outlook", "Settings › Accounts › Signatures. Copy the row as it is seen above."),
    "apple": Client(
        "Apple Mail", "Mail › Settings › Signatures, without “Always match my default font”. Copy the row."
    ),
    "zendesk": Client(
        "Zendesk",
        "Admin Centre › Channels › Email › Templates, or the text of a trigger’s mail. Paste the HTML.",
        (("ticket", "{{ticket.id}}"), ("email", "{{ticket.requester.email}}")),
    ),
    "intercom": Client(
        "Intercom",
        "A macro or a workflow’s message: paste the links of the plain text.",
        (("conversation", "{{conversation.id}}"), ("email", "{{user.email}}")),
    ),
    "freshdesk": Client(
        "Freshdesk",
        "Admin › Email notifications or the agent’s signature, in its source view. Paste the HTML.",
        (("ticket", "{{ticket.id}}"), ("email", "{{ticket.requester.email}}")),
    ),
}
"""Source: “Zendesk Support placeholders reference” (support.zendesk.com, article 4408886858138); Freshdesk writes its
own alike. Intercom’s editor offers its attributes by name: compare before sending."""


def styles_of(survey: Survey) -> tuple[str, ...]:
    """How the score of a survey may be shown; none where it has no score."""
    scored = survey.scored
    if scored is None:
        return ()
    found = styles_for(scored.low, scored.high)
    usual = scored.kind if scored.kind in found else found[0]
    return (usual, *(style for style in found if style != usual))


def signature(
    services: Services, site: Site, survey: Survey, url: str, style: str, client: Client, drawn: bool = False
) -> Signature:
    """The row for the survey's score. `url` is the link's; `drawn`: as pictures, not as coloured cells."""
    scored = survey.scored
    assert scored
    more = "".join(f"&{name}={placeholder}" for name, placeholder in client.placeholders)
    colour = readable(site.accent, LIGHT)
    pictures = [picture(style, scored.low, scored.high, n, colour) for n in scored.choices] if drawn else []
    words = dict(zip(scored.choices, scored.labels, strict=False))
    return Signature(
        question=scored.text,
        choices=[
            (face(style, scored.low, scored.high, n), words.get(n, ""), f"{url}?score={n}{more}")
            for n in scored.choices
        ],
        pictures=[services.link(path) for path in pictures],
        low_label=scored.low_label,
        high_label=scored.high_label,
        dir=direction(survey.language),
        accent=site.accent,
    )
