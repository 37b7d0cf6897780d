"""What mails say of a discrepancy goes into its finding's row; their own table of it goes."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BATCH = 2000
#: What a line of a mail holds that the row does not.
MORE = ("step", "evidence", "dossiers")


def upgrade() -> None:
    connection, last = op.get_bind(), ""
    while rows := connection.execute(sa.text(QUERY), {"last": last}).all():
        last = rows[-1].id
        connection.execute(sa.text(WRITE), [{"id": row.id, "says": _says(row)} for row in rows])
    op.drop_table("evidence")


QUERY = f"""
    SELECT finding.discrepancy_id AS id, finding.payload AS says, evidence.payload AS mailed
    FROM finding JOIN evidence ON evidence.discrepancy_id = finding.discrepancy_id
    WHERE finding.discrepancy_id > :last ORDER BY finding.discrepancy_id LIMIT {BATCH}
"""
WRITE = "UPDATE finding SET payload = :says WHERE discrepancy_id = :id"


def _says(row: sa.Row[tuple[str, bytes, bytes]]) -> bytes:
    """As before, and more."""
    says, mailed = json.loads(bytes(row.says)), json.loads(bytes(row.mailed))
    says |= {name: mailed[name] for name in MORE if mailed.get(name)}
    return json.dumps(says, ensure_ascii=False, separators=(",", ":")).encode()
