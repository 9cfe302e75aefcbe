"""Messages that follow one another: what each continues, and what providers told of them, each event once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()
TOLD = sa.text("provider_ref is not null")


def upgrade() -> None:
    op.add_column("invitation", sa.Column("follows", sa.String(length=32), nullable=True))
    op.add_column("invitation", sa.Column("step", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_invitation_follows_step"), "invitation", ["follows", "step"], unique=True)
    op.create_index(
        op.f("ix_invitation_provider_ref"), "invitation", ["provider_ref"], sqlite_where=TOLD, postgresql_where=TOLD
    )
    op.create_table(
        "receipt",
        sa.Column("id", Number, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("raw_id", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", Instant, nullable=True),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("look_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("provider", "raw_id", name=op.f("uq_receipt_provider_raw_id")),
    )
    op.create_index(op.f("ix_receipt_look_at"), "receipt", ["look_at"])
    op.create_index(op.f("ix_receipt_received_at"), "receipt", ["received_at"])


def downgrade() -> None:
    op.drop_table("receipt")
    op.drop_index(op.f("ix_invitation_provider_ref"), "invitation")
    op.drop_index(op.f("ix_invitation_follows_step"), "invitation")
    op.drop_column("invitation", "step")
    op.drop_column("invitation", "follows")
