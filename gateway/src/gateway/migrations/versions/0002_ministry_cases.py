"""Birth cases on their way to the Ministry of Justice and back, and the public keys that checkpoints were signed with."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """`request` is personal data: it is emptied when the Ministry's last word is there."""
    op.execute(
        """CREATE TABLE ministry_case (
            dossier_code text CONSTRAINT ministry_case_pkey PRIMARY KEY,
            case_id uuid NOT NULL CONSTRAINT ministry_case_case_id_key UNIQUE,
            unit text NOT NULL, received_at timestamptz NOT NULL, request jsonb, traceparent text,
            state text NOT NULL CONSTRAINT ministry_case_state_check
                CHECK (state IN ('TO_PUSH', 'PUSHED', 'ANSWERED', 'DECLINED')),
            attempts integer NOT NULL DEFAULT 0, next_attempt_at timestamptz NOT NULL DEFAULT now(),
            last_error text, words text[] NOT NULL DEFAULT '{}',
            taken_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
            CONSTRAINT ministry_case_request_check CHECK ((request IS NULL) = (state IN ('ANSWERED', 'DECLINED'))))"""
    )
    op.execute(
        "CREATE INDEX ministry_case_due_idx ON ministry_case (state, next_attempt_at) WHERE state IN ('TO_PUSH', 'PUSHED')"
    )
    op.execute(
        """CREATE TABLE ledger_verifier (
            vkey text CONSTRAINT ledger_verifier_pkey PRIMARY KEY, first_used_at timestamptz NOT NULL DEFAULT now())"""
    )
