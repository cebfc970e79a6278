"""Twins: a dossier may declare several children, each with a case, a record and a number of its own."""

from alembic import op

revision = "0002"
down_revision = "0001"

# A guarantee that the index after it gives anew, a child finer, in the same transaction.
_REPLACED = "-- squawk-ignore ban-drop-constraint\n"

STATEMENTS = (
    # What is here already is of dossiers with one child, so the default says the truth of it.
    "ALTER TABLE cases ADD COLUMN child_number bigint NOT NULL DEFAULT 1",
    f"{_REPLACED} ALTER TABLE cases DROP CONSTRAINT cases_dossier_code_key",
    "CREATE UNIQUE INDEX cases_child_key ON cases (dossier_code, child_number)",
    "ALTER TABLE records ADD COLUMN child_number bigint NOT NULL DEFAULT 1",
    f"{_REPLACED} ALTER TABLE records DROP CONSTRAINT records_dossier_code_key",
    "CREATE UNIQUE INDEX records_child_key ON records (dossier_code, child_number)",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
