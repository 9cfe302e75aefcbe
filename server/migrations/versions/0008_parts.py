"""Answers of more than one part: chosen options, an order, a contact."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("answer", sa.Column("parts", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("answer", "parts")
