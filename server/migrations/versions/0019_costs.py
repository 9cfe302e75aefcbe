"""What messages cost, and channels of a site that are paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    op.add_column("invitation", sa.Column("units", sa.SmallInteger(), nullable=True))
    op.add_column("invitation", sa.Column("cost", Number, nullable=True))
    op.add_column("invitation", sa.Column("paid_of", Instant, nullable=True))
    op.add_column("invitation", sa.Column("waits_for", sa.String(length=12), nullable=True))
    op.add_column("site", sa.Column("home", sa.String(length=2), nullable=True))
    op.create_table(
        "pause",
        sa.Column("site_id", Number, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("because", sa.String(length=255), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_pause_site_id")),
        sa.PrimaryKeyConstraint("site_id", "channel", name=op.f("pk_pause")),
    )


def downgrade() -> None:
    op.drop_table("pause")
    op.drop_column("site", "home")
    for column in ("waits_for", "paid_of", "cost", "units"):
        op.drop_column("invitation", column)
