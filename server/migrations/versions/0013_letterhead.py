"""What a site's mails look like, its logos, and the deliveries that came to nothing, found by their end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.store.tables import Instant, Number

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("site", sa.Column("mail", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "picture",
        sa.Column("id", Number, nullable=False),
        sa.Column("site_id", Number, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_picture_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_picture_site_id_name")),
    )
    op.create_index("ix_picture_name", "picture", ["name"])
    seen = ["site_id", "state", "state_at", "id", "channel", "provider", "survey_id", "outcome"]
    op.create_index("ix_invitation_delivery", "invitation", seen)


def downgrade() -> None:
    op.drop_index("ix_invitation_delivery", "invitation")
    op.drop_table("picture")
    op.drop_column("site", "mail")
