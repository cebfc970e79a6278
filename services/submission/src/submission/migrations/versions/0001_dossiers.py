"""Dossiers and their history; copies of procedures, offerings, units and the working calendar."""

from alembic import op

from chassis.migrations import chassis_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # One sequence for all: a number is drawn without waiting for anyone, and gaps are allowed.
    "CREATE SEQUENCE dossier_number",
    """CREATE TABLE dossiers (
        code text CONSTRAINT dossiers_pkey PRIMARY KEY,
        status smallint NOT NULL,
        version bigint NOT NULL,
        procedure text NOT NULL,
        procedure_version bigint NOT NULL,
        handled_by text NOT NULL,
        unit text NOT NULL,
        channel smallint NOT NULL,
        owner text NOT NULL,
        applicant jsonb NOT NULL,
        applicant_class text NOT NULL,
        quantity bigint NOT NULL,
        form jsonb NOT NULL,
        typed_by_kind text NOT NULL,
        typed_by text NOT NULL,
        received_at timestamptz NOT NULL,
        occurrence_is_late boolean NOT NULL,
        due_at timestamptz NOT NULL,
        fee_state text NOT NULL,
        fee_amount bigint,
        clock_stopped_at timestamptz,
        finished_at timestamptz,
        returned_at timestamptz,
        result_reference text)""",
    # The two lists that are asked for, in their order; a third index would cost every intake more than it gives.
    "CREATE INDEX dossiers_owner_idx ON dossiers (owner, received_at, code)",
    "CREATE INDEX dossiers_desk_idx ON dossiers (unit, status, received_at, code)",
    """CREATE TABLE history (
        dossier_code text NOT NULL CONSTRAINT history_dossier_fkey REFERENCES dossiers (code),
        version bigint NOT NULL,
        status smallint NOT NULL,
        at timestamptz NOT NULL,
        actor_kind text NOT NULL,
        actor text NOT NULL,
        reason text,
        CONSTRAINT history_pkey PRIMARY KEY (dossier_code, version))""",
    """CREATE TABLE procedures (
        code text NOT NULL,
        version bigint NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        content jsonb NOT NULL,
        CONSTRAINT procedures_pkey PRIMARY KEY (code, version))""",
    """CREATE TABLE offerings (
        procedure text NOT NULL,
        procedure_version bigint NOT NULL,
        unit text NOT NULL,
        channel smallint NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        CONSTRAINT offerings_pkey PRIMARY KEY (procedure, procedure_version, unit, channel, valid_from),
        CONSTRAINT offerings_procedure_fkey FOREIGN KEY (procedure, procedure_version)
            REFERENCES procedures (code, version))""",
    """CREATE TABLE unit_lists (
        province text CONSTRAINT unit_lists_pkey PRIMARY KEY,
        version bigint NOT NULL)""",
    """CREATE TABLE units (
        province text NOT NULL CONSTRAINT units_province_fkey REFERENCES unit_lists (province),
        code text NOT NULL,
        name text NOT NULL,
        kind text NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        CONSTRAINT units_pkey PRIMARY KEY (code, valid_from))""",
    """CREATE TABLE calendars (
        year bigint CONSTRAINT calendars_pkey PRIMARY KEY,
        version bigint NOT NULL,
        days jsonb NOT NULL)""",
)


def upgrade() -> None:
    """Everything from nothing."""
    chassis_tables()
    for statement in STATEMENTS:
        op.execute(statement)
