"""What the national portal and the evaluation system (EMC) have been told, and what they still lack."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# `facts` is personal data: rows of ended dossiers are deleted after `portal_keep_days`.
STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE portal_dossier (
        dossier_code text CONSTRAINT portal_dossier_pkey PRIMARY KEY,
        version integer NOT NULL DEFAULT 0, status smallint, procedure text, received_on date,
        facts jsonb NOT NULL DEFAULT '{}', happened_at timestamptz NOT NULL DEFAULT '-infinity',
        revision bigint NOT NULL DEFAULT 0, told integer[] NOT NULL DEFAULT '{}', there boolean,
        state text NOT NULL DEFAULT 'PARTIAL' CONSTRAINT portal_dossier_state_check
            CHECK (state IN ('PARTIAL', 'CHANGED', 'SYNCED', 'REFUSED')),
        alone boolean NOT NULL DEFAULT false, claims bigint NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(), last_error text,
        changed_since timestamptz NOT NULL DEFAULT now(), synced_at timestamptz)""",
    "CREATE INDEX portal_dossier_due_idx ON portal_dossier (alone, next_attempt_at) WHERE state = 'CHANGED'",
    "CREATE INDEX portal_dossier_state_idx ON portal_dossier (state, dossier_code) WHERE state <> 'SYNCED'",
    "CREATE INDEX portal_dossier_walk_idx ON portal_dossier (happened_at, dossier_code)",
    """CREATE TABLE portal_procedure (
        code text NOT NULL, valid_from date NOT NULL, version integer NOT NULL,
        name text NOT NULL, field_code text NOT NULL, field_name text NOT NULL, result_code text, result_name text,
        CONSTRAINT portal_procedure_pkey PRIMARY KEY (code, valid_from))""",
    """CREATE TABLE portal_reconciliation (
        id uuid CONSTRAINT portal_reconciliation_pkey PRIMARY KEY,
        asked_by text NOT NULL, day date CONSTRAINT portal_reconciliation_day_key UNIQUE,
        since timestamptz NOT NULL, until timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'RUNNING' CONSTRAINT portal_reconciliation_state_check
            CHECK (state IN ('RUNNING', 'DONE')),
        at_time timestamptz, at_code text, claims bigint NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0,
        asked bigint NOT NULL DEFAULT 0, missing bigint NOT NULL DEFAULT 0, stale bigint NOT NULL DEFAULT 0,
        mended bigint NOT NULL DEFAULT 0, failed bigint NOT NULL DEFAULT 0,
        started_at timestamptz NOT NULL, finished_at timestamptz, last_error text,
        next_attempt_at timestamptz NOT NULL DEFAULT now())""",
    "CREATE INDEX portal_reconciliation_due_idx ON portal_reconciliation (next_attempt_at) WHERE state = 'RUNNING'",
    "CREATE INDEX portal_reconciliation_started_idx ON portal_reconciliation (started_at, id)",
    """CREATE TABLE emc_feed (
        kind text NOT NULL CONSTRAINT emc_feed_kind_check CHECK (kind IN ('usage', 'quarter')),
        first_day date NOT NULL, last_day date NOT NULL,
        digest text, correction integer NOT NULL DEFAULT 0, sent_at timestamptz,
        claims bigint NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now(), last_error text,
        CONSTRAINT emc_feed_pkey PRIMARY KEY (kind, first_day))""",
    "CREATE INDEX emc_feed_due_idx ON emc_feed (next_attempt_at)",
    "CREATE INDEX emc_feed_last_idx ON emc_feed (last_day, kind)",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
