"""The claims as the newest decision took them, to find what changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judged_claim",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "key", name="pk_judged_claim"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_claim_taken", "claim", ["file_id", "key", "hash", "read_on", "sheet", "row"]
    )
