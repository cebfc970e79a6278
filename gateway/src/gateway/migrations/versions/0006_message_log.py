"""The message log of the exchange: what passed, what waits for the ledger, bodies, counts a minute; cosignatures, archives."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # `received_at` is the city's time; `begun_at` the machine's, by which one that never ended is found.
    """CREATE TABLE exchange (
        request_id uuid CONSTRAINT exchange_pkey PRIMARY KEY,
        state text NOT NULL CONSTRAINT exchange_state_check CHECK (state IN ('begun', 'ended', 'unfinished')),
        message_id text NOT NULL, method text NOT NULL,
        client text, service text, provider text, path text NOT NULL, query text NOT NULL,
        user_id text, issue text, represented_party text,
        received_at timestamptz NOT NULL, begun_at timestamptz NOT NULL DEFAULT now(), policy text NOT NULL,
        grant_id uuid, request_hash text, ended_at timestamptz, status integer, error text,
        denied boolean NOT NULL DEFAULT false, request_bytes bigint, response_bytes bigint,
        request_sha512 bytea, response_sha512 bytea, request_body text, response_body text,
        millis bigint, upstream_millis bigint)""",
    """CREATE INDEX exchange_client_idx ON exchange (client, request_id)""",
    """CREATE INDEX exchange_provider_idx ON exchange (provider, request_id)""",
    """CREATE INDEX exchange_status_idx ON exchange (status, request_id)""",
    """CREATE INDEX exchange_denied_idx ON exchange (request_id) WHERE denied""",
    """CREATE INDEX exchange_open_idx ON exchange (begun_at) WHERE state = 'begun'""",
    # A signed record on its way into the ledger: there it lives on, here it is only until it is appended.
    """CREATE TABLE exchange_unsealed (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT exchange_unsealed_pkey PRIMARY KEY,
        entry_id uuid NOT NULL, request_id uuid NOT NULL, sender text NOT NULL, record bytea NOT NULL)""",
    """CREATE TABLE exchange_body (
        request_id uuid, direction text, number bigint, data bytea NOT NULL,
        CONSTRAINT exchange_body_pkey PRIMARY KEY (request_id, direction, number))""",
    # One row is written again and again for a minute: room on its page keeps its indexes out of it.
    """CREATE TABLE exchange_minute (
        minute timestamptz, client text, service text, exchanges bigint NOT NULL, errors bigint NOT NULL,
        denied bigint NOT NULL, request_bytes bigint NOT NULL, response_bytes bigint NOT NULL,
        millis double precision NOT NULL, buckets bigint[] NOT NULL,
        CONSTRAINT exchange_minute_pkey PRIMARY KEY (minute, client, service)) WITH (fillfactor = 50)""",
    """CREATE TABLE witness (vkey text CONSTRAINT witness_pkey PRIMARY KEY, size bigint NOT NULL)""",
    """CREATE TABLE cosignature (
        size bigint CONSTRAINT cosignature_checkpoint_fkey REFERENCES ledger_checkpoint, witness text,
        line text NOT NULL, signed_at timestamptz NOT NULL,
        CONSTRAINT cosignature_pkey PRIMARY KEY (size, witness))""",
    """CREATE TABLE exchange_archive (
        day date CONSTRAINT exchange_archive_pkey PRIMARY KEY, file text NOT NULL, sha256 bytea NOT NULL,
        first_position bigint NOT NULL, end_position bigint NOT NULL, exchanges bigint NOT NULL,
        archived_at timestamptz NOT NULL, bodies_deleted_at timestamptz)""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
