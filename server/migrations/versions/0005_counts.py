"""What pace, quota and budget have spent; the zone that a person lives in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("site_id", Number, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("bucket", Instant, nullable=False),
        sa.Column("n", Number, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_counter_site_id")),
        sa.PrimaryKeyConstraint("site_id", "name", "bucket", name=op.f("pk_counter")),
    )
    op.create_index(op.f("ix_counter_bucket"), "counter", ["bucket"])
    # A quota that is set tomorrow counts what came before.
    op.execute(
        "insert into counter (site_id, name, bucket, n) "
        "select site_id, 'quota/' || survey_id, 0, count(*) from response group by site_id, survey_id"
    )
    op.add_column("person", sa.Column("zone", sa.String(length=40), nullable=True))
    for column in ("pace_of", "budget_of"):
        op.add_column("touch", sa.Column(column, Instant, nullable=True))
    op.drop_index("ix_touch_person_id_survey_id_at", "touch")
    op.create_index("ix_touch_person_id_survey_id_kind_at", "touch", ["person_id", "survey_id", "kind", "at"])
    op.create_index(
        "ix_touch_person_id_survey_id_kind_outcome_at", "touch", ["person_id", "survey_id", "kind", "outcome", "at"]
    )


def downgrade() -> None:
    op.drop_index("ix_touch_person_id_survey_id_kind_outcome_at", "touch")
    op.drop_index("ix_touch_person_id_survey_id_kind_at", "touch")
    op.create_index("ix_touch_person_id_survey_id_at", "touch", ["person_id", "survey_id", "at"])
    for column in ("budget_of", "pace_of"):
        op.drop_column("touch", column)
    op.drop_column("person", "zone")
    op.drop_table("counter")
