"""The tables. Times are whole milliseconds since 1970 in UTC, so that every database sorts them alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Instant(TypeDecorator[datetime]):
    """An aware datetime in Python, whole milliseconds in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


# SQLite numbers its rows only in a column declared INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, int: Number}


class Site(Table):
    """One tenant."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Public, `pk_…`: names the site in the script tag and opens nothing."""
    name: Mapped[str] = mapped_column(String(120), unique=True)
    language: Mapped[str] = mapped_column(String(20), default="en")
    accent: Mapped[str] = mapped_column(String(7), default="#3b5bdb")
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    default_survey: Mapped[int | None]
    created_at: Mapped[datetime]


class PolicyVersion(Table):
    """A site's rules about asking, as they were decided at one time, and by whom. The latest is in force."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("site_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]


class Origin(Table):
    """A web origin that showed the site's tag: allowed by the team, or refused until it is."""

    __tablename__ = "origin"
    __table_args__ = (UniqueConstraint("site_id", "origin"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    origin: Mapped[str] = mapped_column(String(255))
    allowed: Mapped[bool]
    seen_at: Mapped[datetime]


class ApiKey(Table):
    """A secret key of a site. Only its fingerprint is kept."""

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    ending: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Source(Table):
    """A system that tells us of interactions by signed hook. Its secret is derived, so it is not here."""

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class SurveyRow(Table):
    """A survey of a site; what it asks is in its versions."""

    __tablename__ = "survey"
    __table_args__ = (Index(None, "site_id", "state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Public, in `/l/<survey>`: random, so that nobody finds surveys by counting."""
    slug: Mapped[str] = mapped_column(String(60))
    """The team's name for it, in commands and hooks."""
    state: Mapped[str] = mapped_column(String(12), default="live")
    version_id: Mapped[int | None]
    created_at: Mapped[datetime]


class SurveyVersion(Table):
    """Questions and texts as they were at one time. Never changed: an answer belongs to the version it was given to."""

    __tablename__ = "survey_version"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Person(Table):
    """Someone who may be asked. What she is known by is in her identifiers."""

    __tablename__ = "person"
    __table_args__ = (Index(None, "site_id", "created_at", "id"), Index(None, "merged_into"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The person whom this record turned out to be. Always a root: one that is itself merged into nobody."""


class Merge(Table):
    """Two records turned out to be one person, or (undone) were taken apart again."""

    __tablename__ = "merge"
    __table_args__ = (Index(None, "absorbed_id"), Index(None, "root_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    absorbed_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    because: Mapped[str] = mapped_column(String(40))
    """What named both: an identity token, a hook, an API call."""
    lent_name: Mapped[bool]
    """The root had no name, and took that of the absorbed."""
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Conflict(Table):
    """Two persons were named as one, and are not: they have different values of `kind`."""

    __tablename__ = "conflict"
    __table_args__ = (UniqueConstraint("person_id", "other_id", "kind"), Index(None, "other_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]


class Identifier(Table):
    """One thing that a person is known by; it belongs to one person of its site."""

    __tablename__ = "identifier"
    __table_args__ = (UniqueConstraint("site_id", "kind", "value"), Index(None, "person_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(255))


class OptOut(Table):
    """A person said no: on one channel, or (`all`) on every one."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("person_id", "scope"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    scope: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


class Trigger(Table):
    """An event from outside, once: the same id twice is one trigger, and gets the first reply."""

    __tablename__ = "trigger"
    __table_args__ = (UniqueConstraint("source_id", "external_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    external_id: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(120))
    reply: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class Invitation(Table):
    """One survey offered to one person on one channel. Its id is the gate's ticket and the head of its link."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "person_id", "created_at"),
        Index(None, "site_id", "created_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(255))
    """For a "no" or a failure: the rule that held it, or what the provider said."""
    held_until: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(255))
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    state_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    """Names the worker's try; what it records counts only while this is still its own."""
    provider: Mapped[str | None] = mapped_column(String(20))
    provider_ref: Mapped[str | None] = mapped_column(String(255))


class TouchRow(Table):
    """The contact ledger: every ask, on any channel, and what other systems report."""

    __tablename__ = "touch"
    # One index for each kind of window that looks at a person, so that none of them ever scans her history.
    __table_args__ = (
        Index(None, "person_id", "at"),
        Index(None, "person_id", "kind", "at"),
        Index(None, "person_id", "kind", "outcome", "at"),
        Index(None, "person_id", "survey_id", "at"),
    )
    ticket: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(12))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id"))
    outcome: Mapped[str] = mapped_column(String(12), default="", server_default="")
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class HeldRow(Table):
    """An identified visitor was not asked: one row for each person, survey, rule and day."""

    __tablename__ = "held"
    __table_args__ = (UniqueConstraint("person_id", "survey_id", "rule", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    channel: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str] = mapped_column(String(20))
    day: Mapped[str] = mapped_column(String(10))
    times: Mapped[int]
    at: Mapped[datetime]


class Response(Table):
    """What came back of one invitation."""

    __tablename__ = "response"
    __table_args__ = (
        Index(None, "site_id", "created_at", "id"),
        Index(None, "site_id", "updated_at", "id"),
        Index(None, "person_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("survey_version.id"))
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(16))
    score: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Answer(Table):
    """One question's answer. The same question answered again changes it."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("response_id", "question_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    question_id: Mapped[str] = mapped_column(String(60))
    number: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class DeskLink(Table):
    """A sign-in link to the desk, good once."""

    __tablename__ = "desk_link"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DeskSession(Table):
    """Somebody signed in to the desk."""

    __tablename__ = "desk_session"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
