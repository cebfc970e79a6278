"""Cases at a ministry of every kind: births, deaths, marriages, residence, health cards; and how the ways to them stand."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Guarantees that what follows gives anew, wider, in the same transaction.
_REPLACED = "-- squawk-ignore ban-drop-constraint, require-concurrent-index-deletion\n"
_ENDED = "('ANSWERED', 'DECLINED', 'WITHDRAWN')"

STATEMENTS: tuple[str, ...] = (
    # What is here already are births, so the default says the truth of it.
    """ALTER TABLE ministry_case ADD COLUMN kind text NOT NULL DEFAULT 'moj-birth' CONSTRAINT ministry_case_kind_check
        CHECK (kind IN ('moj-birth', 'moj-death', 'moj-marriage', 'residence', 'health-card')),
        ADD COLUMN papers jsonb, ADD COLUMN supplement_by date, ADD COLUMN supplements bigint NOT NULL DEFAULT 0,
        ADD COLUMN result jsonb, ADD COLUMN leased_by uuid,
        ADD COLUMN asked_by text,
        ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN version bigint NOT NULL DEFAULT 1""",
    f"{_REPLACED} ALTER TABLE ministry_case DROP CONSTRAINT ministry_case_state_check",
    """ALTER TABLE ministry_case ADD CONSTRAINT ministry_case_state_check CHECK (state IN
        ('TO_PUSH', 'PUSHED', 'SUPPLEMENT_AWAITED', 'TO_SUPPLEMENT', 'ANSWERED', 'DECLINED', 'WITHDRAWN'))""",
    f"{_REPLACED} ALTER TABLE ministry_case DROP CONSTRAINT ministry_case_request_check",
    f"""ALTER TABLE ministry_case ADD CONSTRAINT ministry_case_request_check
        CHECK ((request IS NULL) = (state IN {_ENDED}) AND (papers IS NULL OR request IS NOT NULL))""",
    f"{_REPLACED} DROP INDEX ministry_case_child_key",
    """CREATE UNIQUE INDEX ministry_case_child_key ON ministry_case (dossier_code, child_number)
        WHERE kind = 'moj-birth'""",
    """CREATE UNIQUE INDEX ministry_case_open_key ON ministry_case (kind, dossier_code, child_number)
        WHERE kind <> 'moj-birth' AND state NOT IN ('DECLINED', 'WITHDRAWN')""",
    "CREATE INDEX ministry_case_dossier_idx ON ministry_case (dossier_code)",
    f"{_REPLACED} DROP INDEX ministry_case_due_idx",
    f"""CREATE INDEX ministry_case_due_idx ON ministry_case (kind, state, next_attempt_at)
        WHERE state NOT IN {_ENDED}""",
    "CREATE INDEX ministry_case_taken_idx ON ministry_case (taken_at, case_id)",
    """CREATE TABLE adapter_health (
        adapter text, address text, mode text NOT NULL CONSTRAINT adapter_health_mode_check
            CHECK (mode IN ('lgsp-national', 'national', 'lgsp', 'direct')),
        preference bigint NOT NULL, source text NOT NULL DEFAULT '', valid_from date, valid_to date,
        state text NOT NULL CONSTRAINT adapter_health_state_check CHECK (state IN ('closed', 'open', 'probing')),
        failures bigint NOT NULL DEFAULT 0, last_ok_at timestamptz, last_failure_at timestamptz, last_error text,
        opened_at timestamptz, calls bigint NOT NULL DEFAULT 0, errors bigint NOT NULL DEFAULT 0,
        millis double precision NOT NULL DEFAULT 0, changed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT adapter_health_pkey PRIMARY KEY (adapter, address))""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
