"""The tables: one file for each question that is asked of them."""

from server.store.tables.answers import Answer, Response
from server.store.tables.asking import Invitation, TouchRow, Trigger
from server.store.tables.base import Instant, Number, Table
from server.store.tables.calls import CallRow, CallTurn, ExpectedCall, RecordingRow
from server.store.tables.clicks import Clicked, ClickRow
from server.store.tables.consents import Consent, Suppression
from server.store.tables.counts import Counter
from server.store.tables.desk import DeskLink, DeskSession
from server.store.tables.held import HeldCount, HeldRow
from server.store.tables.outbox import Account, Notice, Pause
from server.store.tables.people import Conflict, Identifier, Merge, Person
from server.store.tables.receipts import Receipt
from server.store.tables.rehearsal import RehearsalRow
from server.store.tables.sites import ApiKey, Origin, PictureRow, PolicyVersion, Site, Source
from server.store.tables.surveys import LinkRow, SurveyChange, SurveyRow, SurveyVersion
from server.store.tables.turns import Turn

__all__ = [
    "Account",
    "Answer",
    "ApiKey",
    "CallRow",
    "CallTurn",
    "ClickRow",
    "Clicked",
    "Conflict",
    "Consent",
    "Counter",
    "DeskLink",
    "DeskSession",
    "ExpectedCall",
    "HeldCount",
    "HeldRow",
    "Identifier",
    "Instant",
    "Invitation",
    "LinkRow",
    "Merge",
    "Notice",
    "Number",
    "Origin",
    "Pause",
    "Person",
    "PictureRow",
    "PolicyVersion",
    "Receipt",
    "RecordingRow",
    "RehearsalRow",
    "Response",
    "Site",
    "Source",
    "Suppression",
    "SurveyChange",
    "SurveyRow",
    "SurveyVersion",
    "Table",
    "TouchRow",
    "Trigger",
    "Turn",
]
