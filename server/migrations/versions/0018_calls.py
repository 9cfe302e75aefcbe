"""Telephone calls: who is expected, what was said and heard, and what was spoken after the tone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "expected_call",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("survey", sa.String(length=255), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("pin", sa.String(length=8), nullable=True),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("call_id", Number, nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_expected_call_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_call")),
    )
    op.create_index(
        op.f("ix_expected_call_site_id_phone_created_at"), "expected_call", ["site_id", "phone", "created_at"]
    )
    op.create_index(op.f("ix_expected_call_site_id_pin"), "expected_call", ["site_id", "pin"])
    op.create_table(
        "call",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("survey", sa.String(length=255), nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=True),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("returns", sa.String(length=200), nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_call_invitation_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_call_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("provider", "ref", name=op.f("uq_call_provider_ref")),
    )
    op.create_index(op.f("ix_call_site_id"), "call", ["site_id"])
    op.create_index(op.f("ix_call_invitation_id"), "call", ["invitation_id"])
    op.create_table(
        "call_turn",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("call_id", Number, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("question_id", sa.String(length=60), nullable=False),
        sa.Column("again", sa.SmallInteger(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("how", sa.String(length=10), nullable=True),
        sa.Column("heard", sa.Text(), nullable=True),
        sa.Column("heard_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_turn_call_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_call_turn_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_turn")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_call_turn_call_id_number")),
    )
    op.create_index(op.f("ix_call_turn_site_id"), "call_turn", ["site_id"])
    op.create_table(
        "recording",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("question_id", sa.String(length=60), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("seconds", Number, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("look_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_recording_invitation_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_recording_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("provider", "ref", name=op.f("uq_recording_provider_ref")),
    )
    op.create_index(op.f("ix_recording_site_id"), "recording", ["site_id"])
    op.create_index(op.f("ix_recording_invitation_id"), "recording", ["invitation_id"])
    to_do = sa.text("look_at is not null")
    op.create_index(op.f("ix_recording_look_at"), "recording", ["look_at"], sqlite_where=to_do, postgresql_where=to_do)


def downgrade() -> None:
    for name in ("recording", "call_turn", "call", "expected_call"):
        op.drop_table(name)
