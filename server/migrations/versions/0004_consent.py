"""What people said about being asked, with purpose, basis, source and time; addresses that must not be used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("person_id", Number, nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("evidence", sa.String(length=255), nullable=False),
        sa.Column("noted_by", sa.String(length=60), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_consent_site_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    for columns in (["person_id", "purpose", "scope", "at", "id"], ["site_id", "at", "id"]):
        op.create_index(op.f(f"ix_consent_{'_'.join(columns)}"), "consent", columns)
    op.create_table(
        "suppression",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=255), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_suppression_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("site_id", "channel", "address", name=op.f("uq_suppression_site_id_channel_address")),
    )
    op.create_index(op.f("ix_suppression_site_id_reason_at_id"), "suppression", ["site_id", "reason", "at", "id"])
    # Whoever had said no has said no: nobody is asked because the tables changed.
    op.execute(
        "insert into consent (site_id, person_id, scope, given, purpose, basis, source, evidence, noted_by, at) "
        "select site_id, person_id, scope, false, 'survey', '', source, '', '', at from opt_out order by id"
    )
    op.drop_table("opt_out")


def downgrade() -> None:
    op.create_table(
        "opt_out",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("person_id", Number, nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opt_out_person_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_opt_out_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
        sa.UniqueConstraint("person_id", "scope", name=op.f("uq_opt_out_person_id_scope")),
    )
    op.create_index(op.f("ix_opt_out_site_id"), "opt_out", ["site_id"])
    op.execute(
        "insert into opt_out (site_id, person_id, scope, source, at) "
        "select site_id, person_id, scope, source, at from consent said where not given and purpose = 'survey' "
        "and not exists (select 1 from consent later where later.person_id = said.person_id "
        "and later.scope = said.scope and later.purpose = said.purpose "
        "and (later.at > said.at or (later.at = said.at and later.id > said.id))) order by id"
    )
    op.drop_table("suppression")
    op.drop_table("consent")
