"""Which submission an answer came with: a later one wins, whatever order they arrive in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("answer", sa.Column("told", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("answer", "told")
