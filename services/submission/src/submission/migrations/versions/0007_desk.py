"""Queues, search, originals shown, handovers, who read what, retention."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # The desk's queue by due time: only what is open, so it stays as small as the work that is waiting.
    """CREATE INDEX dossiers_open_idx ON dossiers (unit, status, due_at, code)
        WHERE status IN (1, 2, 4, 5, 6, 9)""",
    # What an officer has in hand. It costs an intake nothing: nobody has claimed a new dossier.
    """CREATE INDEX dossiers_claimed_idx ON dossiers (claimed_by, due_at, code)
        WHERE claimed_by IS NOT NULL AND status IN (1, 2, 4, 5, 6, 9)""",
    # What retention looks through: entered when a dossier is closed, left when it is erased.
    """CREATE INDEX dossiers_closed_idx ON dossiers (status, coalesce(returned_at, finished_at, changed_at))
        WHERE status IN (3, 7, 8, 10) AND owner <> 'đã xóa'""",
    # Beside the dossier and not in it: there, a change of status would write every word into the index once more.
    """CREATE TABLE dossier_search (
        code text CONSTRAINT dossier_search_pkey PRIMARY KEY,
        received_at timestamptz NOT NULL,
        tokens tsvector NOT NULL)""",
    # A search reads what is pending from end to end, so that is kept short.
    "CREATE INDEX dossier_search_tokens_idx ON dossier_search USING gin (tokens) WITH (gin_pending_list_limit = 512)",
    # A procedure's whole content is long, and a search goes through all names. The table is small (some 2,000 procedures),
    # so writing it anew locks nobody out for longer than a moment.
    """-- squawk-ignore adding-field-with-default
    ALTER TABLE procedures ADD COLUMN name text GENERATED ALWAYS AS (content ->> 'name') STORED""",
    """CREATE TABLE claims (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT claims_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT claims_dossier_fkey REFERENCES dossiers (code),
        officer text NOT NULL,
        claimed_at timestamptz NOT NULL,
        released_at timestamptz,
        released_by text)""",
    "CREATE UNIQUE INDEX claims_held_key ON claims (dossier_code) WHERE released_at IS NULL",
    """CREATE TABLE originals_shown (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT originals_shown_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT originals_shown_dossier_fkey REFERENCES dossiers (code),
        at timestamptz NOT NULL,
        officer text NOT NULL,
        shown jsonb NOT NULL,
        shown_by jsonb)""",
    "CREATE INDEX originals_shown_dossier_idx ON originals_shown (dossier_code, position)",
    """CREATE TABLE handovers (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT handovers_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT handovers_dossier_fkey REFERENCES dossiers (code),
        by_way_of text NOT NULL CONSTRAINT handovers_way_check CHECK (by_way_of IN ('counter', 'post')),
        at timestamptz NOT NULL,
        officer text NOT NULL,
        receiver jsonb,
        carrier text,
        tracking_number text,
        outcome text CONSTRAINT handovers_outcome_check CHECK (outcome IN ('delivered', 'returned-to-sender')),
        outcome_at timestamptz,
        outcome_by text,
        CONSTRAINT handovers_post_check CHECK (by_way_of = 'counter' OR carrier IS NOT NULL AND tracking_number IS NOT NULL))""",
    "CREATE INDEX handovers_dossier_idx ON handovers (dossier_code, position)",
    "CREATE UNIQUE INDEX handovers_on_the_way_key ON handovers (dossier_code) WHERE outcome IS NULL",
    """CREATE TABLE legal_holds (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT legal_holds_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT legal_holds_dossier_fkey REFERENCES dossiers (code),
        reason text NOT NULL,
        placed_at timestamptz NOT NULL,
        placed_by text NOT NULL,
        lifted_at timestamptz,
        lifted_by text)""",
    "CREATE UNIQUE INDEX legal_holds_in_force_key ON legal_holds (dossier_code) WHERE lifted_at IS NULL",
    """CREATE TABLE erasures (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT erasures_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT erasures_dossier_key UNIQUE
            CONSTRAINT erasures_dossier_fkey REFERENCES dossiers (code),
        at timestamptz NOT NULL,
        rule text NOT NULL,
        erased jsonb NOT NULL)""",
    # Who read whose data. There is no route, command or job that takes a row back, and the triggers keep it so.
    """CREATE TABLE person_reads (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT person_reads_pkey PRIMARY KEY,
        at timestamptz NOT NULL,
        subject text NOT NULL,
        dossier_code text,
        what text NOT NULL,
        purpose text NOT NULL,
        reader_kind text NOT NULL,
        reader text NOT NULL,
        reader_agency text,
        reader_role text)""",
    "CREATE INDEX person_reads_subject_idx ON person_reads (subject, position)",
    """CREATE FUNCTION rows_are_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$""",
    """CREATE TRIGGER person_reads_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON person_reads
        FOR EACH STATEMENT EXECUTE FUNCTION rows_are_only_added()""",
    """CREATE TRIGGER erasures_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON erasures
        FOR EACH STATEMENT EXECUTE FUNCTION rows_are_only_added()""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
