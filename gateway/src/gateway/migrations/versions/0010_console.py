"""Sessions of operators at the console, what they did there, and what became of quarantined events."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # A sign-in on its way to the issuer and back. Only hashes of what a browser carries are kept.
    """CREATE TABLE console_login (
        id_hash bytea CONSTRAINT console_login_pkey PRIMARY KEY, state text NOT NULL, nonce text NOT NULL,
        verifier text NOT NULL, next text NOT NULL, begun_at timestamptz NOT NULL DEFAULT now())""",
    """CREATE TABLE console_session (
        id_hash bytea CONSTRAINT console_session_pkey PRIMARY KEY, subject text NOT NULL, name text NOT NULL,
        roles text[] NOT NULL, agency text, csrf text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL)""",
    """CREATE INDEX console_session_expires_idx ON console_session (expires_at)""",
    """CREATE TABLE console_action (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT console_action_pkey PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(), operator text NOT NULL, operator_name text NOT NULL,
        address text NOT NULL, action text NOT NULL, object text NOT NULL, details jsonb NOT NULL,
        outcome text NOT NULL CONSTRAINT console_action_outcome_check CHECK (outcome IN ('begun', 'done', 'refused')))""",
    """CREATE INDEX console_action_operator_idx ON console_action (operator, position)""",
    """CREATE FUNCTION console_action_is_written_once() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'console_action is written once'; END $$""",
    """CREATE TRIGGER console_action_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON console_action
        FOR EACH STATEMENT EXECUTE FUNCTION console_action_is_written_once()""",
    # What was sent stays as it came; `mended` is what an operator made of it and the router admitted.
    """ALTER TABLE quarantine ADD COLUMN outcome text
        CONSTRAINT quarantine_outcome_check CHECK (outcome IN ('replayed', 'dismissed')),
        ADD COLUMN settled_at timestamptz, ADD COLUMN settled_by text, ADD COLUMN note text, ADD COLUMN mended bytea,
        ADD COLUMN event_id uuid""",
    """CREATE INDEX quarantine_open_idx ON quarantine (id) WHERE outcome IS NULL""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
