"""Records of one person are joined: by reference, with a line for each merge and for each that was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    # SQLite takes a reference to a table only together with its column.
    op.add_column(
        "person", sa.Column("merged_into", Number, sa.ForeignKey("person.id"), nullable=True), inline_references=True
    )
    op.create_index(op.f("ix_person_merged_into"), "person", ["merged_into"])
    op.create_table(
        "merge",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("root_id", Number, nullable=False),
        sa.Column("absorbed_id", Number, nullable=False),
        sa.Column("because", sa.String(length=40), nullable=False),
        sa.Column("lent_name", sa.Boolean(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("undone_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_merge_site_id")),
        sa.ForeignKeyConstraint(["root_id"], ["person.id"], name=op.f("fk_merge_root_id")),
        sa.ForeignKeyConstraint(["absorbed_id"], ["person.id"], name=op.f("fk_merge_absorbed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    for column in ("site_id", "root_id", "absorbed_id"):
        op.create_index(op.f(f"ix_merge_{column}"), "merge", [column])
    op.create_table(
        "conflict",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("person_id", Number, nullable=False),
        sa.Column("other_id", Number, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_conflict_site_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_person_id")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_conflict_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint("person_id", "other_id", "kind", name=op.f("uq_conflict_person_id_other_id_kind")),
    )
    for column in ("site_id", "other_id"):
        op.create_index(op.f(f"ix_conflict_{column}"), "conflict", [column])


def downgrade() -> None:
    op.drop_table("conflict")
    op.drop_table("merge")
    op.drop_index(op.f("ix_person_merged_into"), "person")
    op.drop_column("person", "merged_into")
