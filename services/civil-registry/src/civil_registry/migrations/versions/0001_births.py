"""Births: cases, books, records, who read them, and the names of units."""

from alembic import op

from chassis.migrations import chassis_tables

revision = "0001"
down_revision = None

STATEMENTS = (
    """CREATE TABLE records (
        id uuid CONSTRAINT records_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT records_dossier_code_key UNIQUE,
        unit text NOT NULL, kind text NOT NULL, year bigint NOT NULL, number bigint NOT NULL, volume text NOT NULL,
        registered_on date NOT NULL,
        personal_id text NOT NULL CONSTRAINT records_personal_id_key UNIQUE,
        people text[] NOT NULL,
        child_name text NOT NULL, child_name_folded text NOT NULL, date_of_birth date NOT NULL,
        mother_name text, mother_personal_id text, father_name text, father_personal_id text,
        signed text NOT NULL,
        verification_token text NOT NULL CONSTRAINT records_verification_token_key UNIQUE,
        CONSTRAINT records_book_number_key UNIQUE (unit, kind, year, number),
        CONSTRAINT records_number_check CHECK (number >= 1))""",
    "CREATE INDEX records_child_idx ON records (date_of_birth, child_name_folded)",
    # A citizen's own records, for the list of who read them.
    "CREATE INDEX records_people_idx ON records USING gin (people)",
    """CREATE TABLE cases (
        id uuid CONSTRAINT cases_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT cases_dossier_code_key UNIQUE,
        unit text NOT NULL,
        state text NOT NULL
            CONSTRAINT cases_state_check CHECK (state IN ('awaiting-personal-id', 'registered', 'refused')),
        version bigint NOT NULL,
        people text[] NOT NULL,
        received_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        declaration jsonb, child_name_folded text, date_of_birth date,
        cause text, reason text,
        record_id uuid CONSTRAINT cases_record_id_key UNIQUE CONSTRAINT cases_record_id_fkey REFERENCES records (id),
        CONSTRAINT cases_registered_check CHECK ((state = 'registered') = (record_id IS NOT NULL)),
        CONSTRAINT cases_refused_check CHECK ((state = 'refused') = (cause IS NOT NULL AND reason IS NOT NULL)),
        -- What was declared is kept here only until it is decided; after that the record holds it, or nobody needs it.
        CONSTRAINT cases_awaiting_check CHECK ((state = 'awaiting-personal-id') = (declaration IS NOT NULL)))""",
    """CREATE INDEX cases_child_idx ON cases (date_of_birth, child_name_folded)
        WHERE state = 'awaiting-personal-id'""",
    """CREATE TABLE book_counters (
        unit text, kind text, year bigint, last_number bigint NOT NULL,
        CONSTRAINT book_counters_pkey PRIMARY KEY (unit, kind, year))""",
    """CREATE TABLE data_accesses (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT data_accesses_pkey PRIMARY KEY,
        record_id uuid NOT NULL CONSTRAINT data_accesses_record_id_fkey REFERENCES records (id),
        at timestamptz NOT NULL,
        caller_kind text NOT NULL, caller text NOT NULL, caller_agency text,
        item text NOT NULL, purpose text NOT NULL)""",
    "CREATE INDEX data_accesses_record_idx ON data_accesses (record_id, position)",
    """CREATE TABLE unit_lists (
        province text CONSTRAINT unit_lists_pkey PRIMARY KEY, version bigint NOT NULL)""",
    """CREATE TABLE units (
        code text, valid_from date, valid_to date, name text NOT NULL, province text NOT NULL,
        CONSTRAINT units_pkey PRIMARY KEY (code, valid_from))""",
)


def upgrade() -> None:
    chassis_tables()
    for statement in STATEMENTS:
        op.execute(statement)
