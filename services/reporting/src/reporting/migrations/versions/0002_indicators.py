"""What the indicators of progress and digitisation are made of, and the last days of procedures."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """ALTER TABLE dossiers ADD COLUMN refused_at timestamptz, ADD COLUMN withdrawn_at timestamptz,
        ADD COLUMN assisted boolean NOT NULL DEFAULT false,
        ADD COLUMN identity_verified boolean NOT NULL DEFAULT false,
        ADD COLUMN electronic_result boolean NOT NULL DEFAULT false,
        ADD COLUMN components jsonb, ADD COLUMN components_version bigint NOT NULL DEFAULT 0,
        ADD COLUMN supplements jsonb NOT NULL DEFAULT '[]'""",
    """ALTER TABLE daily_counts ADD COLUMN assisted bigint NOT NULL DEFAULT 0,
        ADD COLUMN identity_verified bigint NOT NULL DEFAULT 0, ADD COLUMN components bigint NOT NULL DEFAULT 0,
        ADD COLUMN components_reused bigint NOT NULL DEFAULT 0,
        ADD COLUMN components_from_store bigint NOT NULL DEFAULT 0,
        ADD COLUMN without_result bigint NOT NULL DEFAULT 0, ADD COLUMN electronic_result bigint NOT NULL DEFAULT 0,
        ADD COLUMN digitised bigint NOT NULL DEFAULT 0, ADD COLUMN supplement_requests bigint NOT NULL DEFAULT 0,
        ADD COLUMN supplement_seconds bigint NOT NULL DEFAULT 0, ADD COLUMN repeated bigint NOT NULL DEFAULT 0,
        ADD COLUMN repeated_resolved bigint NOT NULL DEFAULT 0, ADD COLUMN repeated_late bigint NOT NULL DEFAULT 0,
        ADD COLUMN repeated_overdue bigint NOT NULL DEFAULT 0""",
    # The only one of the new counts that dossiers heard of before can be in: those that were stopped.
    """INSERT INTO daily_counts (day, procedure, unit, channel, received, early, on_time, late_same_day, late_after, fell_due,
            without_result)
        SELECT greatest(CAST(stopped_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date), received_on), procedure, unit, channel,
            0, 0, 0, 0, 0, 0, count(*)
        FROM dossiers WHERE stopped_at IS NOT NULL AND finished_at IS NULL AND returned_at IS NULL
            AND received_on IS NOT NULL AND version > 0 GROUP BY 1, 2, 3, 4
        ON CONFLICT (day, procedure, unit, channel) DO UPDATE SET without_result = excluded.without_result""",
    "ALTER TABLE procedures ADD COLUMN valid_to date",
    """CREATE OR REPLACE VIEW procedure_spans AS
        SELECT code, name, field_code, field_name,
            CASE WHEN lag(valid_from) OVER dates IS NULL THEN CAST('-infinity' AS date) ELSE valid_from END AS since,
            coalesce(lead(valid_from) OVER dates - 1, CAST('infinity' AS date)) AS until, valid_to
        FROM procedures WINDOW dates AS (PARTITION BY code ORDER BY valid_from)""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
