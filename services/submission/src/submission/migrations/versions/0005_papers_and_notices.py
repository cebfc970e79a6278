"""Papers as issued, notices and preferences."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # `supplement_by`: the end of the time that the step gave, so that paper 02 says it whenever it is printed.
    # `notice_due_at`: until then a step that could not be planned for is left alone.
    # The steps there are already are nobody's news any more: the default marks them, and then goes.
    """ALTER TABLE history
        ADD COLUMN supplement_by timestamptz,
        ADD COLUMN notice_due_at timestamptz,
        ADD COLUMN notice_planned_at timestamptz DEFAULT now()""",
    # The default is a line old: nobody can count on it yet.
    """-- squawk-ignore ban-drop-default
    ALTER TABLE history ALTER COLUMN notice_planned_at DROP DEFAULT""",
    # The history is the outbox of notices: this index holds what is still to be planned, and is all but empty.
    "CREATE INDEX history_unplanned_idx ON history (at, dossier_code, version) WHERE notice_planned_at IS NULL",
    """CREATE TABLE papers (
        dossier_code text NOT NULL CONSTRAINT papers_dossier_fkey REFERENCES dossiers (code),
        kind text NOT NULL CONSTRAINT papers_kind_check CHECK (kind IN ('01', '02', '03', '04', '05', '06')),
        version bigint NOT NULL,
        secret text NOT NULL CONSTRAINT papers_secret_key UNIQUE,
        issued_at timestamptz NOT NULL,
        issued_by_kind text NOT NULL,
        issued_by text NOT NULL,
        sha256 text NOT NULL,
        -- NULL where the law had it erased: that it was issued stays known, what it said does not.
        pdf bytea,
        CONSTRAINT papers_pkey PRIMARY KEY (dossier_code, kind, version))""",
    # A PDF is compressed already.
    "ALTER TABLE papers ALTER COLUMN pdf SET STORAGE EXTERNAL",
    """CREATE TABLE notice_preferences (
        subject text CONSTRAINT notice_preferences_pkey PRIMARY KEY,
        version bigint NOT NULL,
        language text CONSTRAINT notice_preferences_language_check CHECK (language IN ('vi', 'en')),
        email boolean NOT NULL,
        sms boolean NOT NULL,
        email_address text,
        phone text)""",
    """CREATE TABLE notices (
        id uuid CONSTRAINT notices_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT notices_dossier_fkey REFERENCES dossiers (code),
        version bigint NOT NULL,
        kind text NOT NULL,
        medium text NOT NULL CONSTRAINT notices_medium_check CHECK (medium IN ('email', 'sms')),
        language text NOT NULL,
        address text NOT NULL,
        subject text NOT NULL,
        body text NOT NULL,
        state text NOT NULL DEFAULT 'planned'
            CONSTRAINT notices_state_check CHECK (state IN ('planned', 'sending', 'sent', 'failed', 'unknown')),
        attempts bigint NOT NULL DEFAULT 0,
        planned_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL DEFAULT now(),
        sending_at timestamptz,
        sent_at timestamptz,
        fault text,
        CONSTRAINT notices_step_key UNIQUE (dossier_code, version, kind, medium))""",
    # By the machine's clock (due_at, sending_at): retrying is not the business time's, which a sandbox moves.
    "CREATE INDEX notices_due_idx ON notices (medium, due_at, id) WHERE state = 'planned'",
    "CREATE INDEX notices_sending_idx ON notices (sending_at) WHERE state = 'sending'",
    "CREATE INDEX notices_open_idx ON notices (state, id) WHERE state IN ('failed', 'unknown')",
    # For the gaps in the numbering: a few kilobytes, and next to nothing for an intake.
    "CREATE INDEX dossiers_received_idx ON dossiers USING brin (received_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
