"""What opened a page, as far as it says so itself: a browser's family, or a program that looks at links."""

from __future__ import annotations

import re

PROGRAMS = (
    # Mail gateways, and what looks at links on behalf of a mailbox.
    "Barracuda", "Mimecast", "Proofpoint", "Cloudmark", "Symantec", "MessageLabs", "Trend Micro", "TrendMicro",
    "FireEye", "Trellix", "Forcepoint", "Sophos", "Zscaler", "Bitdefender", "Kaspersky", "Fortinet", "FortiGuard",
    "Checkpoint", "Cisco", "IronPort", "SafeLinks", "Safe Links", "ms-office", "Microsoft Office",
    "Google-Safety", "GoogleImageProxy", "YahooMailProxy", "urlscan", "VirusTotal", "PhishTank", "Netcraft",
    # Previews of links in chats and texts.
    "facebookexternalhit", "WhatsApp", "TelegramBot", "Slackbot", "Discordbot", "Twitterbot", "LinkedInBot",
    "SkypeUriPreview", "BingPreview", "Iframely", "Embedly", "Google-PageRenderer",
    # Browsers without a screen, and what people write programs with.
    "HeadlessChrome", "PhantomJS", "Puppeteer", "Playwright", "Selenium", "curl", "Wget", "python", "aiohttp",
    "httpx", "Go-http-client", "Java/", "okhttp", "Apache-HttpClient", "libwww-perl", "axios", "node-fetch", "undici",
    "Ruby", "PHP/", "Guzzle", "WinHttp", "PowerShell",
)  # fmt: skip
"""Parts of names that scanners and previews give themselves; many say nothing and look like a browser."""

_ANY = re.compile(r"(?<!cu)bot\b|\bbot|crawl|spider|scanner|preview|fetch|headless|proxy|http-?client", re.IGNORECASE)
"""Cubot makes telephones."""
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"), ("AppleWebKit", "WebKit"),
    ("Trident", "Internet Explorer"), ("MSIE", "Internet Explorer"),
)  # fmt: skip
PROGRAM = "program: "
OTHER = "other"


def family(said: str) -> str:
    """The family of a User-Agent: a browser's name, `program: …` for what looks at links, `other`. At most 40
    characters; no version, so that it names nobody."""
    lower = said.lower()
    if not lower.strip():
        return PROGRAM + "unnamed"
    if known := next((name for name in PROGRAMS if name.lower() in lower), None):
        return PROGRAM + known.strip("/")
    if _ANY.search(said):
        return PROGRAM + "other"
    return next((name for mark, name in _BROWSERS if mark in said), OTHER)


def is_program(family: str) -> bool:
    """Whether it is no browser that a person looks at, by what `family` made of it."""
    return family.startswith(PROGRAM)
