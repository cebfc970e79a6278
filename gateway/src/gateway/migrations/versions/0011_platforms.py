"""Payments at the national payment platform (nền tảng thanh toán quốc gia), each once by its reference (MaThamChieu)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE national_payment (
        reference text CONSTRAINT national_payment_pkey PRIMARY KEY,
        asked_by text NOT NULL, dossier_code text NOT NULL, procedure text NOT NULL,
        amount bigint NOT NULL CONSTRAINT national_payment_amount_check CHECK (amount > 0),
        fingerprint bytea NOT NULL,
        state text NOT NULL CONSTRAINT national_payment_state_check
            CHECK (state IN ('requested', 'started', 'paid', 'failed', 'expired')),
        version bigint NOT NULL DEFAULT 1, pay_url text, transaction_code text, words text,
        started_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, paid_at timestamptz,
        CONSTRAINT national_payment_paid_check
            CHECK ((state = 'paid') = (paid_at IS NOT NULL) AND (paid_at IS NULL OR transaction_code IS NOT NULL)))""",
    "CREATE INDEX national_payment_dossier_idx ON national_payment (dossier_code)",
    "CREATE INDEX national_payment_open_idx ON national_payment (expires_at) WHERE state IN ('requested', 'started')",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
