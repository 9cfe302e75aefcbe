"""When a touch was written, and a merge made, by the database's time; which touch is but a copy for somebody who was
taken for the same person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("touch", "merge"):
        op.add_column(table, sa.Column("noted_at", sa.BigInteger(), nullable=False, server_default="0"))
        rows = sa.table(table, sa.column("noted_at"), sa.column("at"))
        op.execute(rows.update().values(noted_at=rows.c.at))
        with op.batch_alter_table(table) as batch:
            batch.alter_column("noted_at", server_default=None)
    op.add_column("touch", sa.Column("copy_of", sa.String(length=64), nullable=True))
    op.add_column("touch", sa.Column("copied_from", Number, nullable=True))
    op.create_index(op.f("ix_touch_copy_of"), "touch", ["copy_of"])


def downgrade() -> None:
    op.drop_index(op.f("ix_touch_copy_of"), "touch")
    op.drop_column("touch", "copied_from")
    op.drop_column("touch", "copy_of")
    for table in ("merge", "touch"):
        op.drop_column(table, "noted_at")
