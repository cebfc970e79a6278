"""Replays: what a service inside is told again from the ledger, and how far that has come."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE replay (
        id uuid CONSTRAINT replay_pkey PRIMARY KEY, service text NOT NULL,
        since bigint NOT NULL, until bigint NOT NULL, position bigint NOT NULL,
        asked_by text NOT NULL, asked_at timestamptz NOT NULL, ended_at timestamptz,
        CONSTRAINT replay_extent_check CHECK (since <= position AND position <= until))""",
    # One at a time for each service: two would only tell it everything twice.
    "CREATE UNIQUE INDEX replay_running_idx ON replay (service) WHERE ended_at IS NULL",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
