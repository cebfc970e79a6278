"""An obligation that nobody has paid is cancelled when its dossier ends without a result."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE obligations ADD COLUMN cancelled_at timestamptz",
    # Replaced below, a state wider, in the same transaction. NOT VALID, and never validated: what is there held the narrower
    # list and has an empty new column, so that reading it all through, under a lock, could find nothing.
    """-- squawk-ignore ban-drop-constraint
    ALTER TABLE obligations DROP CONSTRAINT obligations_state_check""",
    """ALTER TABLE obligations ADD CONSTRAINT obligations_state_check
        CHECK (state IN ('due', 'paid', 'cancelled')) NOT VALID""",
    """ALTER TABLE obligations ADD CONSTRAINT obligations_cancelled_check
        CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL)) NOT VALID""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
