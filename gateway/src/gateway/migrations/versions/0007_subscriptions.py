"""Agencies' subscriptions to events, each event's delivery to each, and the event types agencies own."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE subscription (
        id uuid CONSTRAINT subscription_pkey PRIMARY KEY,
        client_id text NOT NULL CONSTRAINT subscription_client_fkey REFERENCES subsystem (client_id),
        name text NOT NULL, mode text NOT NULL CONSTRAINT subscription_mode_check CHECK (mode IN ('push', 'pull')),
        types text[] NOT NULL, units text[], procedures text[],
        url text, secret text, old_secret text, old_secret_until timestamptz,
        state text NOT NULL CONSTRAINT subscription_state_check
            CHECK (state IN ('requested', 'active', 'paused', 'failing', 'suspended', 'closed')),
        reason text, legal_basis text,
        approved_on date, approved_until date, approved_fields text[], decided_by text,
        position bigint NOT NULL, failures bigint NOT NULL DEFAULT 0, held_until timestamptz,
        last_delivered_at timestamptz, last_status bigint, last_error text,
        version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT subscription_url_check
            CHECK ((mode = 'push') = (url IS NOT NULL) AND (mode = 'push') = (secret IS NOT NULL)))""",
    """CREATE INDEX subscription_client_idx ON subscription (client_id, id)""",
    """CREATE TABLE delivery (
        subscription_id uuid CONSTRAINT delivery_subscription_fkey REFERENCES subscription,
        position bigint, subject text NOT NULL,
        state text NOT NULL CONSTRAINT delivery_state_check CHECK (state IN ('waiting', 'delivered', 'failed', 'skipped')),
        first boolean NOT NULL, attempts bigint NOT NULL DEFAULT 0, next_attempt_at timestamptz NOT NULL DEFAULT now(),
        last_status bigint, last_error text, settled_at timestamptz,
        CONSTRAINT delivery_pkey PRIMARY KEY (subscription_id, position))""",
    # `first`: nothing of its subject is unsettled before it, so it may be sent. Whoever settles a delivery makes the next one first.
    """CREATE INDEX delivery_due_idx ON delivery (subscription_id, next_attempt_at) WHERE state = 'waiting' AND first""",
    """CREATE INDEX delivery_subject_idx ON delivery (subscription_id, subject, position) WHERE state IN ('waiting', 'failed')""",
    """CREATE INDEX delivery_settled_idx ON delivery (settled_at) WHERE settled_at IS NOT NULL""",
    """CREATE TABLE fanned_out (
        one boolean CONSTRAINT fanned_out_pkey PRIMARY KEY DEFAULT true CONSTRAINT fanned_out_one_check CHECK (one),
        position bigint NOT NULL)""",
    """INSERT INTO fanned_out (position) VALUES (0)""",
    """CREATE TABLE event_type (
        type text CONSTRAINT event_type_pkey PRIMARY KEY,
        owner text NOT NULL CONSTRAINT event_type_owner_fkey REFERENCES subsystem (client_id),
        schema jsonb NOT NULL, title text NOT NULL, description text NOT NULL,
        state text NOT NULL CONSTRAINT event_type_state_check
            CHECK (state IN ('requested', 'approved', 'suspended', 'closed')),
        answered_by text, reason text, refusal_legal_basis text,
        version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL)""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
