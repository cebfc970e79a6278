"""Twins: one ministry case a child, so that its key is the case and no more the dossier."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A guarantee that the index after it gives anew, a child finer, in the same transaction.
_REPLACED = "-- squawk-ignore ban-drop-constraint\n"

STATEMENTS = (
    # What is here already is of dossiers with one child, so the default says the truth of it.
    "ALTER TABLE ministry_case ADD COLUMN child_number bigint NOT NULL DEFAULT 1",
    f"{_REPLACED} ALTER TABLE ministry_case DROP CONSTRAINT ministry_case_pkey",
    "CREATE UNIQUE INDEX ministry_case_pkey ON ministry_case (case_id)",
    "ALTER TABLE ministry_case ADD CONSTRAINT ministry_case_pkey PRIMARY KEY USING INDEX ministry_case_pkey",
    f"{_REPLACED} ALTER TABLE ministry_case DROP CONSTRAINT ministry_case_case_id_key",
    "CREATE UNIQUE INDEX ministry_case_child_key ON ministry_case (dossier_code, child_number)",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
