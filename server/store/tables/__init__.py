"""The tables: one file for each question that is asked of them."""

from server.store.tables.answers import Answer, Response
from server.store.tables.asking import HeldRow, Invitation, TouchRow, Trigger
from server.store.tables.base import Instant, Number, Table
from server.store.tables.consents import OptOut
from server.store.tables.desk import DeskLink, DeskSession
from server.store.tables.people import Conflict, Identifier, Merge, Person
from server.store.tables.sites import ApiKey, Origin, PolicyVersion, Site, Source
from server.store.tables.surveys import SurveyRow, SurveyVersion

__all__ = [
    "Answer",
    "ApiKey",
    "Conflict",
    "DeskLink",
    "DeskSession",
    "HeldRow",
    "Identifier",
    "Instant",
    "Invitation",
    "Merge",
    "Number",
    "OptOut",
    "Origin",
    "Person",
    "PolicyVersion",
    "Response",
    "Site",
    "Source",
    "SurveyRow",
    "SurveyVersion",
    "Table",
    "TouchRow",
    "Trigger",
]
