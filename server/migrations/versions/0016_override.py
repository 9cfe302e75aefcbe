"""An ask says which rules it passes over, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("invitation", sa.Column("override", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("invitation", "override")
