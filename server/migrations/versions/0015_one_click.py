"""Clicks on the links of messages are kept apart from answers, and how an answer came to count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    op.add_column("response", sa.Column("one_click", sa.String(length=8), nullable=True))
    op.create_table(
        "click",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit", sa.String(length=8), nullable=False),
        sa.Column("chosen", sa.String(length=60), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=45), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_click_site_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_click_invitation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_click")),
    )
    op.create_index(op.f("ix_click_invitation_id_at"), "click", ["invitation_id", "at"])
    op.create_index(op.f("ix_click_at"), "click", ["at"])
    op.create_table(
        "clicked",
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("survey_id", Number, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("sent_at", Instant, nullable=True),
        sa.Column("first_at", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.Column("clicks", Number, nullable=False),
        sa.Column("machines", Number, nullable=False),
        sa.Column("signals", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_clicked_invitation_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_clicked_site_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_clicked_survey_id")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_clicked")),
    )
    op.create_index(op.f("ix_clicked_site_id_first_at"), "clicked", ["site_id", "first_at"])


def downgrade() -> None:
    op.drop_table("clicked")
    op.drop_table("click")
    op.drop_column("response", "one_click")
