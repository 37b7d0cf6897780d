"""What the row of a finding was made of, so that it is made anew only where that is another."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("finding", sa.Column("made_of", sa.LargeBinary(), nullable=True))
