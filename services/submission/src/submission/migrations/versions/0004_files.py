"""Uploads, stored files, the papers of a dossier and the citizen's own store."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # One row for each content that a holder has. The object in the store is named by the content and by this row.
    """CREATE TABLE files (
        id uuid CONSTRAINT files_pkey PRIMARY KEY,
        holder text NOT NULL,
        sha256 text NOT NULL,
        size bigint NOT NULL,
        media_type text NOT NULL,
        scan text NOT NULL,
        storage_key text NOT NULL,
        stored_at timestamptz NOT NULL,
        CONSTRAINT files_holder_content_key UNIQUE (holder, sha256))""",
    """CREATE TABLE uploads (
        id uuid CONSTRAINT uploads_pkey PRIMARY KEY,
        holder text NOT NULL,
        state text NOT NULL,
        length bigint NOT NULL,
        received bigint NOT NULL DEFAULT 0,
        name text NOT NULL,
        declared_type text,
        procedure text,
        component text,
        from_national_store boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        checked_again_at timestamptz,
        refusal text,
        file_id uuid CONSTRAINT uploads_file_fkey REFERENCES files (id),
        used_at timestamptz)""",
    "CREATE INDEX uploads_holder_idx ON uploads (holder) WHERE used_at IS NULL",
    "CREATE INDEX uploads_expiry_idx ON uploads (expires_at)",
    "CREATE INDEX uploads_to_check_idx ON uploads (checked_again_at) WHERE state = 'scanning'",
    "CREATE INDEX uploads_file_idx ON uploads (file_id)",
    # What has come of an upload, piece by piece: a piece counts once its row is here.
    """CREATE TABLE upload_parts (
        upload_id uuid NOT NULL CONSTRAINT upload_parts_upload_fkey REFERENCES uploads (id) ON DELETE CASCADE,
        start bigint NOT NULL,
        size bigint NOT NULL,
        storage_key text NOT NULL,
        CONSTRAINT upload_parts_pkey PRIMARY KEY (upload_id, start))""",
    "CREATE INDEX upload_parts_key_idx ON upload_parts (storage_key)",
    "CREATE INDEX files_key_idx ON files (storage_key)",
    """CREATE TABLE attachments (
        id uuid CONSTRAINT attachments_pkey PRIMARY KEY,
        dossier_code text NOT NULL CONSTRAINT attachments_dossier_fkey REFERENCES dossiers (code),
        component text NOT NULL,
        is_result boolean NOT NULL DEFAULT false,
        file_id uuid NOT NULL CONSTRAINT attachments_file_fkey REFERENCES files (id),
        name text NOT NULL,
        reused boolean NOT NULL,
        from_national_store boolean NOT NULL,
        digitised_by text,
        added_at timestamptz NOT NULL,
        added_by_kind text NOT NULL,
        added_by text NOT NULL,
        removed_at timestamptz,
        out_of_store_at timestamptz)""",
    "CREATE INDEX attachments_dossier_idx ON attachments (dossier_code)",
    "CREATE INDEX attachments_file_idx ON attachments (file_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
