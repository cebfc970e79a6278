"""The copy of live dossiers that purposes are held against, and who saw whose data."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # `concerns` is personal data and of use only while the dossier is live: it is emptied when the dossier ends.
    """CREATE TABLE dossier_copy (
        code text CONSTRAINT dossier_copy_pkey PRIMARY KEY, version bigint NOT NULL, live boolean NOT NULL,
        concerns text[] NOT NULL DEFAULT '{}',
        CONSTRAINT dossier_copy_concerns_check CHECK (live OR concerns = '{}'))""",
    """CREATE TABLE data_access (
        position bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT data_access_pkey PRIMARY KEY,
        person text NOT NULL, at timestamptz NOT NULL, client text NOT NULL, user_id text, service text NOT NULL,
        dossier text NOT NULL, legal_basis text NOT NULL, fields text[], request_id uuid NOT NULL)""",
    "CREATE INDEX data_access_person_idx ON data_access (person, position)",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
