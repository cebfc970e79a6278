"""What subsystems prove themselves with, and tokens taken back before their time."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE credential (
        id uuid CONSTRAINT credential_pkey PRIMARY KEY,
        client_id text NOT NULL CONSTRAINT credential_client_fkey REFERENCES subsystem (client_id),
        kind text NOT NULL CONSTRAINT credential_kind_check CHECK (kind IN ('secret', 'jwk', 'certificate', 'access-key')),
        name text NOT NULL DEFAULT '', value text NOT NULL, valid_from timestamptz NOT NULL, valid_to timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(), revoked_at timestamptz,
        CONSTRAINT credential_value_key UNIQUE (client_id, kind, value))""",
    # A certificate alone says who calls, so it can be one subsystem's only, and for good.
    """CREATE UNIQUE INDEX credential_certificate_idx ON credential (value) WHERE kind = 'certificate'""",
    """CREATE UNIQUE INDEX credential_access_key_idx ON credential (name) WHERE kind = 'access-key'""",
    """CREATE TABLE assertion_seen (
        client_id text, jti text, expires_at timestamptz NOT NULL, CONSTRAINT assertion_seen_pkey PRIMARY KEY (client_id, jti))""",
    """CREATE TABLE revoked_token (
        jti text CONSTRAINT revoked_token_pkey PRIMARY KEY, client_id text NOT NULL, expires_at timestamptz NOT NULL,
        revoked_at timestamptz NOT NULL DEFAULT now())""",
    """CREATE INDEX revoked_token_expires_idx ON revoked_token (expires_at)""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
