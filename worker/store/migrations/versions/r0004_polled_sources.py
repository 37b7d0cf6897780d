"""Polled sources: from where the next poll goes on, the last sweep, what full readings missed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_file", sa.Column("cursor", sa.Text(), nullable=False, server_default=""))
    op.add_column("source_file", sa.Column("swept_on", sa.Date(), nullable=True))
    op.create_table(
        "absence",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["source_file.id"], name="fk_absence_file_id_source_file"
        ),
        sa.PrimaryKeyConstraint("file_id", "key", name="pk_absence"),
    )
