"""What a dossier has beside its first form: case, representative, contact, delivery, supplements, extension, claim."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE dossiers
        ADD COLUMN tracking_secret text,
        ADD COLUMN case_code text,
        ADD COLUMN pages bigint,
        ADD COLUMN representative jsonb,
        ADD COLUMN contact jsonb NOT NULL DEFAULT '{"email": null, "phone": null, "language": "vi"}',
        ADD COLUMN delivery jsonb NOT NULL DEFAULT '{"by": "counter", "address": null}',
        ADD COLUMN identity_level bigint,
        ADD COLUMN results text[] NOT NULL DEFAULT '{}',
        ADD COLUMN resumes_to smallint,
        ADD COLUMN supplement_by timestamptz,
        ADD COLUMN supplement_requests bigint NOT NULL DEFAULT 0,
        ADD COLUMN extended_at timestamptz,
        ADD COLUMN verified_at timestamptz,
        ADD COLUMN claimed_by text,
        ADD COLUMN changed_at timestamptz""",
    # A default that is drawn for each row would rewrite the table under a lock: it is for new rows, the others are filled.
    "ALTER TABLE dossiers ALTER COLUMN changed_at SET DEFAULT clock_timestamp()",
    """UPDATE dossiers SET
        tracking_secret = substr(replace(gen_random_uuid()::text, '-', ''), 1, 10), changed_at = clock_timestamp(),
        resumes_to = CASE WHEN status = 6 THEN 1 END""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
