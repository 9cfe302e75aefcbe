"""Surveys are made by the team: drafts, who did what, a slug each; and links to a survey with names of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    _name_apart()
    op.create_index(op.f("ix_survey_site_id_slug"), "survey", ["site_id", "slug"], unique=True)
    op.add_column("survey_version", sa.Column("made_by", sa.String(length=60), nullable=False, server_default=""))
    op.create_table(
        "survey_change",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("survey_id", Number, nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=120), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_survey_change_site_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_change_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_change")),
    )
    op.create_index(op.f("ix_survey_change_site_id_survey_id_id"), "survey_change", ["site_id", "survey_id", "id"])
    _links()


def _links() -> None:
    op.create_table(
        "link",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("survey_id", Number, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("single_use", sa.Boolean(), nullable=False),
        sa.Column("closes_at", Instant, nullable=True),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_link_site_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_link_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("key", name=op.f("uq_link_key")),
    )
    op.create_index(op.f("ix_link_site_id_survey_id"), "link", ["site_id", "survey_id"])
    op.add_column("invitation", sa.Column("link_id", Number, nullable=True))
    op.create_index(op.f("ix_invitation_link_id"), "invitation", ["link_id"])


def _name_apart() -> None:
    """Of surveys of one site with the same slug the first keeps it; the others become -2, -3 and so on."""
    survey = sa.table("survey", sa.column("id"), sa.column("site_id"), sa.column("slug"))
    rows = op.get_bind().execute(sa.select(survey).order_by(survey.c.id)).all()
    taken = {(row.site_id, row.slug) for row in rows}
    seen: set[tuple[int, str]] = set()
    for row in rows:
        slug, number = row.slug, 2
        if (row.site_id, slug) in seen:
            while (row.site_id, slug := f"{row.slug[:56]}-{number}") in taken:
                number += 1
            op.execute(survey.update().where(survey.c.id == row.id).values(slug=slug))
            taken.add((row.site_id, slug))
        seen.add((row.site_id, slug))


def downgrade() -> None:
    op.drop_index(op.f("ix_invitation_link_id"), "invitation")
    op.drop_column("invitation", "link_id")
    op.drop_table("link")
    op.drop_table("survey_change")
    op.drop_column("survey_version", "made_by")
    op.drop_index(op.f("ix_survey_site_id_slug"), "survey")
