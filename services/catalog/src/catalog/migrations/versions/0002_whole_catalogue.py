"""Withdrawn versions beside corrected ones, drafts that change, published rows that do not; agencies; successors of units."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """ALTER TABLE procedures
        ADD COLUMN revision bigint NOT NULL DEFAULT 1,
        ADD COLUMN withdrawal bigint,
        ADD COLUMN withdrawal_source text,
        ADD COLUMN withdrawal_reason text,
        ADD COLUMN withdrawn_at timestamptz,
        ADD COLUMN withdrawn_by text""",
    # It comes back at once, with one word more.
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE procedures DROP CONSTRAINT procedures_status_check",
    # Until now a correction was the only way to be withdrawn; the two are told apart from here on.
    "UPDATE procedures SET status = 'corrected' WHERE status = 'withdrawn'",
    """ALTER TABLE procedures ADD CONSTRAINT procedures_status_check
        CHECK (status IN ('draft', 'published', 'withdrawn', 'corrected')) NOT VALID""",
    """ALTER TABLE procedures ADD CONSTRAINT procedures_withdrawal_check
        CHECK (status <> 'withdrawn' OR (withdrawal IS NOT NULL AND valid_to IS NOT NULL)) NOT VALID""",
    # What the handlers decide, the database keeps: whatever is published stays as it was said, one version a day. It may
    # only end earlier, be withdrawn or be corrected. `search` and `revision` say nothing of their own, and may follow.
    """CREATE FUNCTION procedures_keep_published() RETURNS trigger LANGUAGE plpgsql AS $keep$
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.status <> 'draft' THEN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'a published version is kept' USING ERRCODE = 'restrict_violation';
            ELSIF (NEW.code, NEW.version, NEW.valid_from, NEW.content, NEW.created_by, NEW.published_at)
                IS DISTINCT FROM (OLD.code, OLD.version, OLD.valid_from, OLD.content, OLD.created_by, OLD.published_at)
                OR coalesce(NEW.valid_to, 'infinity') > coalesce(OLD.valid_to, 'infinity')
                OR (OLD.status, NEW.status) NOT IN (('published', 'published'), ('withdrawn', 'withdrawn'),
                    ('corrected', 'corrected'), ('published', 'withdrawn'), ('published', 'corrected'),
                    ('withdrawn', 'corrected'))
            THEN
                RAISE EXCEPTION 'a published version is not changed' USING ERRCODE = 'restrict_violation';
            END IF;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NEW.status IN ('published', 'withdrawn') AND EXISTS (
            SELECT FROM procedures other
            WHERE other.code = NEW.code AND other.version <> NEW.version AND other.status IN ('published', 'withdrawn')
            AND daterange(other.valid_from, other.valid_to, '[]') && daterange(NEW.valid_from, NEW.valid_to, '[]'))
        THEN
            RAISE EXCEPTION 'another version is in force on these days' USING ERRCODE = 'exclusion_violation';
        END IF;
        RETURN NEW;
    END $keep$""",
    """CREATE TRIGGER procedures_keep_published BEFORE INSERT OR UPDATE OR DELETE ON procedures
        FOR EACH ROW EXECUTE FUNCTION procedures_keep_published()""",
    "ALTER TABLE units ADD COLUMN successors text[] NOT NULL DEFAULT '{}'",
    """CREATE TABLE agencies (
        code text NOT NULL, valid_from date NOT NULL, valid_to date,
        former_code text NOT NULL, name text NOT NULL, parent text, unit text, source text NOT NULL,
        created_by text NOT NULL, revision bigint NOT NULL DEFAULT 1,
        CONSTRAINT agencies_pkey PRIMARY KEY (code, valid_from),
        CONSTRAINT agencies_validity_check CHECK (valid_to >= valid_from))""",
    """CREATE TABLE agency_lists (
        province text NOT NULL, version bigint NOT NULL, CONSTRAINT agency_lists_pkey PRIMARY KEY (province))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
