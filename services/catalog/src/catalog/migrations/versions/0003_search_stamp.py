"""A stamp that changes with every change of the procedures, so that an index in memory knows when it is stale."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE catalogue_stamp (
        id boolean NOT NULL DEFAULT true, stamp text NOT NULL,
        CONSTRAINT catalogue_stamp_pkey PRIMARY KEY (id), CONSTRAINT catalogue_stamp_single_check CHECK (id))""",
    "INSERT INTO catalogue_stamp (stamp) VALUES ('')",
    # By a trigger, because whoever changes a procedure must change the stamp, and in the same transaction: what is
    # committed and the stamp are then never apart. A transaction writes it once, however many rows it changes.
    """CREATE FUNCTION catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $changed$
    BEGIN
        UPDATE catalogue_stamp SET stamp = pg_current_xact_id()::text WHERE stamp <> pg_current_xact_id()::text;
        RETURN NULL;
    END $changed$""",
    """CREATE TRIGGER procedures_change_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON procedures
        FOR EACH STATEMENT EXECUTE FUNCTION catalogue_changed()""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
