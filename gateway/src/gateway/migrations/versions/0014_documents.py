"""Documents exchanged with other agencies (văn bản điện tử), out and in, as the edXML that passed."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE document (
        id uuid CONSTRAINT document_pkey PRIMARY KEY,
        direction text NOT NULL CONSTRAINT document_direction_check CHECK (direction IN ('out', 'in')),
        from_organ text NOT NULL, to_organs text[] NOT NULL, document_id text NOT NULL,
        code text NOT NULL, subject text NOT NULL, promulgated_on date, edxml bytea NOT NULL,
        state text NOT NULL CONSTRAINT document_state_check
            CHECK (state IN ('queued', 'sent', 'delivered', 'refused', 'received', 'acknowledged')),
        version bigint NOT NULL DEFAULT 1, attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(), last_error text, words text,
        registered_by text NOT NULL, registered_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT document_once_key UNIQUE (direction, from_organ, document_id))""",
    "CREATE INDEX document_due_idx ON document (next_attempt_at) WHERE state IN ('queued', 'sent', 'received')",
    "CREATE INDEX document_from_idx ON document (from_organ, id)",
    "CREATE INDEX document_to_idx ON document USING gin (to_organs)",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
