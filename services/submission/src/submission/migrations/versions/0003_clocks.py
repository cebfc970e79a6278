"""The lifecycle's own clocks: what lapses, what is warned of, what is escalated; the paper of a step; what children get.

And the copies of what the catalogue says of withdrawn procedures and of agencies.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # `due_at` and `clock_stopped`: how the step left the deadline, to explain it later. `components`: what was asked for.
    """ALTER TABLE history
        ADD COLUMN paper text,
        ADD COLUMN due_at timestamptz,
        ADD COLUMN clock_stopped boolean NOT NULL DEFAULT false,
        ADD COLUMN components text[] NOT NULL DEFAULT '{}'""",
    # What was filed before has its receipt too; the due time of then is not kept anywhere, that of now is.
    """UPDATE history SET paper = '01', due_at = dossiers.due_at
        FROM dossiers WHERE dossiers.code = history.dossier_code AND history.version = 1""",
    """ALTER TABLE dossiers
        ADD COLUMN check_from timestamptz,
        ADD COLUMN children bigint NOT NULL DEFAULT 1,
        ADD COLUMN outcomes jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN alerted smallint NOT NULL DEFAULT 0,
        ADD COLUMN check_alerted boolean NOT NULL DEFAULT false""",
    # One index for each thing a clock looks for, and in each only what has still to be done: a dossier leaves it by being
    # dealt with. The first costs an intake nothing; the other two are entered at their right end.
    "CREATE INDEX dossiers_lapsing_idx ON dossiers (supplement_by, code) WHERE status = 5",
    """CREATE INDEX dossiers_alerting_idx ON dossiers (due_at, code)
        WHERE status IN (1, 2, 4) AND alerted < 2""",
    """CREATE INDEX dossiers_unchecked_idx ON dossiers (check_from, code)
        WHERE status = 1 AND NOT check_alerted AND check_from IS NOT NULL""",
    # `about`: the due time that is near or past; of `check-late`, since when it is to be checked. With it in the key, a
    # dossier that is due later after all may be warned of again, and the same is never said twice.
    """CREATE TABLE alerts (
        dossier_code text NOT NULL CONSTRAINT alerts_dossier_fkey REFERENCES dossiers (code),
        kind text NOT NULL CONSTRAINT alerts_kind_check CHECK (kind IN ('warning', 'overdue', 'check-late')),
        about timestamptz NOT NULL,
        unit text NOT NULL,
        roles text[] NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT alerts_pkey PRIMARY KEY (dossier_code, kind, about))""",
    "CREATE INDEX alerts_unit_idx ON alerts (unit, at, dossier_code)",
    """CREATE TABLE withdrawals (
        code text NOT NULL,
        number bigint NOT NULL,
        version bigint NOT NULL,
        valid_to date NOT NULL,
        legal_source text NOT NULL,
        reason text NOT NULL,
        CONSTRAINT withdrawals_pkey PRIMARY KEY (code, number))""",
    """CREATE TABLE agency_lists (
        province text CONSTRAINT agency_lists_pkey PRIMARY KEY,
        version bigint NOT NULL)""",
    """CREATE TABLE agencies (
        province text NOT NULL CONSTRAINT agencies_province_fkey REFERENCES agency_lists (province),
        code text NOT NULL,
        former_code text NOT NULL,
        name text NOT NULL,
        unit text,
        valid_from date NOT NULL,
        valid_to date,
        CONSTRAINT agencies_pkey PRIMARY KEY (code, valid_from))""",
    "CREATE INDEX agencies_unit_idx ON agencies (unit, valid_from)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
