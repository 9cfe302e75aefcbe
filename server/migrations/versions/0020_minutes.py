"""How long a call was, as its provider says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("receipt", sa.Column("minutes", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("receipt", "minutes")
