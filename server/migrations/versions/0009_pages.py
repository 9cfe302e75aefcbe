"""How long people really took, what a site's pages look like, and the way out of a kiosk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("response", sa.Column("took", Number, nullable=True))
    op.create_index(op.f("ix_response_survey_id_id"), "response", ["survey_id", "id"])
    op.add_column("survey", sa.Column("takes", Number, nullable=True))
    op.add_column("survey", sa.Column("takes_at", sa.BigInteger(), nullable=True))
    op.add_column("site", sa.Column("theme", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("site", sa.Column("kiosk_pin", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("site", "kiosk_pin")
    op.drop_column("site", "theme")
    op.drop_column("survey", "takes_at")
    op.drop_column("survey", "takes")
    op.drop_index(op.f("ix_response_survey_id_id"), "response")
    op.drop_column("response", "took")
