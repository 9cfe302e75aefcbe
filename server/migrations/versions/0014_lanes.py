"""Lanes, accounts at providers, and notices; what a worker has in its hands, and what was taken up in vain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()

IN_DOUBT = sa.text("look_at is not null")
LINE = ["state", "channel", "lane", "due_at", "created_at"]


def upgrade() -> None:
    for column in ("lane", "runs", "resends"):
        op.add_column("invitation", sa.Column(column, sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("invitation", sa.Column("look_at", Instant, nullable=True))
    op.add_column("invitation", sa.Column("account", sa.String(length=80), nullable=True))
    op.drop_index("ix_invitation_state_due_at", "invitation")
    op.create_index(op.f("ix_invitation_" + "_".join(LINE)), "invitation", LINE)
    op.create_index(
        op.f("ix_invitation_look_at"), "invitation", ["look_at"], sqlite_where=IN_DOUBT, postgresql_where=IN_DOUBT
    )
    # Until now what was tried and planned again kept the name of its last try.
    op.execute("update invitation set lease = null where state in ('planned', 'queued')")
    op.add_column("survey", sa.Column("cancelled_at", Instant, nullable=True))
    _accounts()
    _notices()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tokens", sa.Float(53), nullable=False),
        sa.Column("filled_at", Instant, nullable=False),
        sa.Column("paused_at", Instant, nullable=True),
        sa.Column("paused_for", sa.String(length=255), nullable=True),
        sa.Column("looked_at", Instant, nullable=True),
        sa.Column("on_trial", sa.Boolean(), nullable=False),
        sa.Column("weight", Number, nullable=True),
        sa.Column("moved_at", Instant, nullable=True),
        sa.Column("bad_at", Instant, nullable=True),
        sa.Column("minute", Instant, nullable=False),
        sa.Column("faults", Number, nullable=False),
        sa.Column("calls", Number, nullable=False),
        sa.Column("slow", Number, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", Number, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("last", Instant, nullable=False),
        sa.Column("times", Number, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_ended_at_last"), "notice", ["ended_at", "last"])
    op.create_index(
        "uq_notice_key_open",
        "notice",
        ["key"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )


def downgrade() -> None:
    op.drop_table("notice")
    op.drop_table("account")
    op.drop_column("survey", "cancelled_at")
    op.drop_index(op.f("ix_invitation_look_at"), "invitation")
    op.drop_index(op.f("ix_invitation_" + "_".join(LINE)), "invitation")
    op.create_index("ix_invitation_state_due_at", "invitation", ["state", "due_at"])
    for column in ("account", "look_at", "resends", "runs", "lane"):
        op.drop_column("invitation", column)
