"""Dossier facts, daily counts, and the copies of what the catalogue publishes."""

from alembic import op

from chassis.migrations import chassis_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # One fact per dossier. `version` 0: nothing has been heard of the dossier itself yet, only of its payment.
    # The fillfactor leaves room on the page: a dossier is rewritten about seven times, a count all day long.
    """CREATE TABLE dossiers (
        code text NOT NULL, version bigint NOT NULL DEFAULT 0, status smallint,
        procedure text, unit text, channel smallint,
        received_on date, due_at timestamptz, due_version bigint NOT NULL DEFAULT 0,
        paused_version bigint NOT NULL DEFAULT 0,
        finished_at timestamptz, returned_at timestamptz, stopped_at timestamptz,
        paid_method smallint, paid_at timestamptz,
        CONSTRAINT dossiers_pkey PRIMARY KEY (code),
        CONSTRAINT dossiers_known_check CHECK (
            num_nonnulls(status, procedure, unit, channel) = CASE WHEN version > 0 THEN 4 ELSE 0 END),
        CONSTRAINT dossiers_paid_check CHECK ((paid_method IS NULL) = (paid_at IS NULL)))
        WITH (fillfactor = 80)""",
    # No check that counts stay at 0 or above: a check is made on the row an upsert proposes, and that is a difference.
    """CREATE TABLE daily_counts (
        day date NOT NULL, procedure text NOT NULL, unit text NOT NULL, channel smallint NOT NULL,
        received bigint NOT NULL, early bigint NOT NULL, on_time bigint NOT NULL,
        late_same_day bigint NOT NULL, late_after bigint NOT NULL, fell_due bigint NOT NULL,
        CONSTRAINT daily_counts_pkey PRIMARY KEY (day, procedure, unit, channel))
        WITH (fillfactor = 70)""",
    "CREATE INDEX daily_counts_unit_idx ON daily_counts (unit, day)",
    """CREATE TABLE procedures (
        code text NOT NULL, valid_from date NOT NULL, version bigint NOT NULL, name text NOT NULL,
        field_code text NOT NULL, field_name text NOT NULL,
        CONSTRAINT procedures_pkey PRIMARY KEY (code, valid_from))""",
    """CREATE TABLE unit_lists (
        province text NOT NULL, version bigint NOT NULL,
        CONSTRAINT unit_lists_pkey PRIMARY KEY (province))""",
    """CREATE TABLE units (
        province text NOT NULL, code text NOT NULL, valid_from date NOT NULL, name text NOT NULL, kind text NOT NULL,
        parent text,
        CONSTRAINT units_pkey PRIMARY KEY (province, code, valid_from))""",
    # On any day, each known code has exactly one row of a view: the one that began last, or, before all, the first.
    # So a join by (code, day) can neither lose nor double a count, whatever gaps or overlaps the published dates have.
    """CREATE VIEW procedure_spans AS
        SELECT code, name, field_code, field_name,
            CASE WHEN lag(valid_from) OVER dates IS NULL THEN CAST('-infinity' AS date) ELSE valid_from END AS since,
            coalesce(lead(valid_from) OVER dates - 1, CAST('infinity' AS date)) AS until
        FROM procedures WINDOW dates AS (PARTITION BY code ORDER BY valid_from)""",
    """CREATE VIEW unit_spans AS
        SELECT code, name, kind, parent,
            CASE WHEN lag(valid_from) OVER dates IS NULL THEN CAST('-infinity' AS date) ELSE valid_from END AS since,
            coalesce(lead(valid_from) OVER dates - 1, CAST('infinity' AS date)) AS until
        FROM units WINDOW dates AS (PARTITION BY code ORDER BY valid_from)""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    chassis_tables()
    for statement in STATEMENTS:
        op.execute(statement)
