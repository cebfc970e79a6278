"""The catalogue: procedures by version, administrative units, rollout waves, working calendars."""

from alembic import op

from chassis.migrations import chassis_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE procedures (
        code text NOT NULL, version bigint NOT NULL, status text NOT NULL,
        valid_from date NOT NULL, valid_to date,
        content jsonb NOT NULL, search tsvector NOT NULL,
        created_by text NOT NULL, created_at timestamptz NOT NULL, published_at timestamptz,
        CONSTRAINT procedures_pkey PRIMARY KEY (code, version),
        CONSTRAINT procedures_status_check CHECK (status IN ('draft', 'published', 'withdrawn')),
        CONSTRAINT procedures_validity_check CHECK (valid_to >= valid_from),
        CONSTRAINT procedures_published_at_check CHECK ((status = 'draft') = (published_at IS NULL)))""",
    # Whole validities cannot be compared by a constraint without an extension (btree_gist); handlers.py refuses overlaps
    # under a lock. What an index can promise, this one does.
    "CREATE UNIQUE INDEX procedures_published_key ON procedures (code, valid_from) WHERE status = 'published'",
    "CREATE INDEX procedures_search_idx ON procedures USING gin (search)",
    """CREATE TABLE units (
        code text NOT NULL, valid_from date NOT NULL, valid_to date,
        name text NOT NULL, kind text NOT NULL, parent text, source text NOT NULL,
        CONSTRAINT units_pkey PRIMARY KEY (code, valid_from),
        CONSTRAINT units_validity_check CHECK (valid_to >= valid_from))""",
    "CREATE INDEX units_parent_idx ON units (parent, code)",
    """CREATE TABLE unit_lists (
        province text NOT NULL, version bigint NOT NULL, CONSTRAINT unit_lists_pkey PRIMARY KEY (province))""",
    """CREATE TABLE rollouts (
        position bigint NOT NULL, id text NOT NULL, name text NOT NULL, starts_on date NOT NULL,
        unit_count bigint NOT NULL, units text[] NOT NULL, note text NOT NULL, source text NOT NULL,
        CONSTRAINT rollouts_pkey PRIMARY KEY (position), CONSTRAINT rollouts_id_key UNIQUE (id))""",
    """CREATE TABLE calendars (
        year bigint NOT NULL, version bigint NOT NULL, days jsonb NOT NULL,
        CONSTRAINT calendars_pkey PRIMARY KEY (year))""",
)


def upgrade() -> None:
    chassis_tables()
    for statement in STATEMENTS:
        op.execute(statement)
