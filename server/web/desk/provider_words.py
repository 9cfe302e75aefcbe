"""Providers in words: what each is called, what its callbacks are for, and where their addresses are pasted."""

from __future__ import annotations

from dataclasses import dataclass

from channels.channel import Provider

NAMES = {
    "outbox": "Development mailbox",
    "smtp": "Mail relay (SMTP)",
    "sendgrid": "SendGrid",
    "twilio_sms": "Twilio",
    "twilio_voice": "Twilio",
}


def called(name: str) -> str:
    """What the desk calls a provider; one that was added later by its own name."""
    return NAMES.get(name, name)


@dataclass(frozen=True)
class Callback:
    """An address of ours that a provider calls, or a command that it is handed to."""

    what: str
    where: str
    address: str
    is_command: bool = False


def callbacks(provider: Provider, link: str, site_key: str) -> list[Callback]:
    """What has to be set up at the provider; `link` is the public address of this server."""
    own = f"{link}/receipts/{provider.name}"
    known = {
        "sendgrid": [
            Callback(
                "Reports of what became of each mail",
                "Settings › Mail Settings › Event Webhooks: paste it, choose all deliverability and unsubscribe "
                "events, switch on “Signed Event Webhook”, and set SENDGRID_WEBHOOK_KEY to the key that it shows.",
                own,
            ),
            Callback(
                "Answers to mails",
                "Settings › Inbound Parse, for the host of MAIL_REPLY, signed as well.",
                f"{own}/inbound",
            ),
        ],
        "smtp": [
            Callback(
                "Mail that comes back, and answers",
                "Let your mail server hand what comes to MAIL_BOUNCE and MAIL_REPLY to this command, one mail each.",
                "askonce incoming",
                is_command=True,
            )
        ],
        "twilio_sms": [
            Callback(
                "What people text back",
                "Phone Numbers › your number › Messaging, or the Messaging Service › Integration: paste it at “A "
                "message comes in” and at “Primary handler fails”, both as HTTP POST.",
                f"{own}/inbound",
            )
        ],
        "twilio_voice": [
            Callback(
                "Calls that you hand over to a survey",
                "The action of Dial, a TwiML Redirect in Studio, or a number’s “A call comes in”. Behind it may stand "
                "?survey=nps, &pin=1 to ask for a PIN, and &flow=FW… to go back to a Studio flow.",
                f"{link}/calls/{site_key}",
            )
        ],
    }
    other = [Callback("Reports", "Wherever the provider asks for a webhook.", own)] if provider.caps.reports else []
    return known.get(provider.name, other)


MEND = {
    "outbox": "Look whether this server may write into its data folder, and whether the disk is full.",
    "smtp": "Look at SMTP_URL and SMTP_CA_FILE, and whether a firewall lets this server reach the relay. Then start it "
    "again.",
    "sendgrid": "Look at SENDGRID_API_KEY, which needs the permission “Mail Send”, at SENDGRID_WEBHOOK_KEY, and "
    "whether this server reaches api.sendgrid.com. Then start it again.",
    "twilio_sms": "Look at TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM, and whether this server reaches "
    "api.twilio.com. Then start it again.",
    "twilio_voice": "Look at TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_CALL_FROM, and whether this server "
    "reaches api.twilio.com. Then start it again.",
}
"""Where to look when something is wrong with a provider."""

NOTHING = {
    "outbox": "Nothing leaves this machine.",
    "twilio_sms": "Nothing else to paste: each text carries the address at which Twilio reports what became of it.",
    "twilio_voice": "Nothing else to paste: each call that it makes carries its addresses.",
}
"""Said where there is nothing to set up at the provider."""
