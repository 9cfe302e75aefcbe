"""How often each rule held an ask, by survey, channel and day; and dry runs that every process can follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()

UTC_DAY = {
    "sqlite": "strftime('%Y-%m-%d', {0} / 1000, 'unixepoch')",
    "postgresql": "to_char(to_timestamp({0} / 1000) at time zone 'UTC', 'YYYY-MM-DD')",
}
"""The UTC day of an instant in milliseconds."""


def upgrade() -> None:
    op.drop_index(op.f("ix_held_site_id"), "held")
    op.create_index(op.f("ix_held_site_id_at"), "held", ["site_id", "at"])
    op.create_index(op.f("ix_held_at"), "held", ["at"])
    op.create_table(
        "held_count",
        sa.Column("site_id", Number, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("survey_id", Number, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("times", Number, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_held_count_site_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_held_count_survey_id")),
        sa.PrimaryKeyConstraint("site_id", "day", "survey_id", "channel", "rule", name=op.f("pk_held_count")),
    )
    _count_the_past()
    op.create_table(
        "rehearsal",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("days", Number, nullable=False),
        sa.Column("done", Number, nullable=False),
        sa.Column("total", Number, nullable=True),
        sa.Column("last_person", Number, nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("told_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_rehearsal_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal")),
    )
    op.create_index(op.f("ix_rehearsal_site_id_id"), "rehearsal", ["site_id", "id"])


def _count_the_past() -> None:
    """What was held before is counted too: sends by their rows, visitors as far as they were known."""
    day = UTC_DAY[op.get_bind().dialect.name].format("state_at")
    op.execute(
        "insert into held_count (site_id, day, survey_id, channel, rule, times) "  # noqa: S608  # our own words
        "select site_id, day, survey_id, channel, rule, sum(times) from ("
        "select site_id, day, survey_id, channel, rule, times from held union all "
        f"select site_id, {day}, survey_id, channel, substr(coalesce(reason, 'held'), 1, 40), 1 "
        "from invitation where state = 'held') as each_one group by site_id, day, survey_id, channel, rule"
    )


def downgrade() -> None:
    op.drop_table("rehearsal")
    op.drop_table("held_count")
    op.drop_index(op.f("ix_held_at"), "held")
    op.drop_index(op.f("ix_held_site_id_at"), "held")
    op.create_index(op.f("ix_held_site_id"), "held", ["site_id"])
