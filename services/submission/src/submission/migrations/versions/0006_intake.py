"""Drafts, imports, counters of dossier numbers, and the order of changes that agencies pull."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE dossier_counters (
        name text CONSTRAINT dossier_counters_pkey PRIMARY KEY,
        last bigint NOT NULL)""",
    # What agencies pull goes by the time of the last change. It costs every step an entry, at the index's right end.
    "CREATE INDEX dossiers_changed_idx ON dossiers (changed_at, code)",
    """CREATE TABLE drafts (
        id uuid CONSTRAINT drafts_pkey PRIMARY KEY,
        owner text NOT NULL,
        version bigint NOT NULL,
        filing jsonb NOT NULL,
        updated_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL)""",
    "CREATE INDEX drafts_owner_idx ON drafts (owner, updated_at, id)",
    "CREATE INDEX drafts_expiring_idx ON drafts (expires_at)",
    """CREATE TABLE imports (
        id uuid CONSTRAINT imports_pkey PRIMARY KEY,
        caller text NOT NULL,
        lines bigint NOT NULL,
        created_at timestamptz NOT NULL)""",
    # `command`: what is to be filed, personal data; gone as soon as the line is done. `fingerprint`: what it was.
    """CREATE TABLE import_lines (
        import_id uuid NOT NULL CONSTRAINT import_lines_import_fkey REFERENCES imports (id),
        line bigint NOT NULL,
        caller text NOT NULL,
        reference text NOT NULL,
        fingerprint text NOT NULL,
        outcome text NOT NULL
            CONSTRAINT import_lines_outcome_check CHECK (outcome IN ('waiting', 'filed', 'repeated', 'refused')),
        command jsonb,
        code text,
        problem jsonb,
        done_at timestamptz,
        CONSTRAINT import_lines_pkey PRIMARY KEY (import_id, line))""",
    # A reference files once for its caller, whatever happens between.
    """CREATE UNIQUE INDEX import_lines_filed_key ON import_lines (caller, reference)
        WHERE outcome = 'filed'""",
    "CREATE INDEX import_lines_waiting_idx ON import_lines (import_id, line) WHERE outcome = 'waiting'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
