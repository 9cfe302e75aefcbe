"""Policies have versions, a touch remembers what came of it, and every window has an index of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

INDEXES = (("kind", "at"), ("kind", "outcome", "at"), ("survey_id", "at"))


def upgrade() -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("number", Number, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_policy_version_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_version"),
        sa.UniqueConstraint("site_id", "number", name="uq_policy_version_site_id_number"),
    )
    op.add_column("touch", sa.Column("outcome", sa.String(length=12), nullable=False, server_default=""))
    # What was answered or dismissed before counts as such from now on.
    op.execute(
        "update touch set outcome = coalesce((select i.outcome from invitation i where i.id = touch.ticket "
        "and i.outcome in ('answered', 'dismissed')), '')"
    )
    for columns in INDEXES:
        op.create_index(f"ix_touch_person_id_{'_'.join(columns)}", "touch", ["person_id", *columns])


def downgrade() -> None:
    for columns in INDEXES:
        op.drop_index(f"ix_touch_person_id_{'_'.join(columns)}", "touch")
    with op.batch_alter_table("touch") as touch:
        touch.drop_column("outcome")
    op.drop_table("policy_version")
