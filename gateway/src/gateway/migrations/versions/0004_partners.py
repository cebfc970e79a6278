"""Members, subsystems, services, groups, grants and the requests for them, with the history of every change."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE member (
        instance text, member_class text, code text, name text NOT NULL,
        state text NOT NULL CONSTRAINT member_state_check CHECK (state IN ('requested', 'approved', 'suspended', 'closed')),
        version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT member_pkey PRIMARY KEY (instance, member_class, code))""",
    """CREATE TABLE member_code (
        instance text, member_class text, alias text, code text NOT NULL,
        CONSTRAINT member_code_pkey PRIMARY KEY (instance, member_class, alias),
        CONSTRAINT member_code_member_fkey FOREIGN KEY (instance, member_class, code) REFERENCES member)""",
    """CREATE INDEX member_code_member_idx ON member_code (instance, member_class, code)""",
    """CREATE TABLE subsystem (
        instance text, member_class text, member text, code text, name text NOT NULL,
        client_id text NOT NULL CONSTRAINT subsystem_client_id_key UNIQUE, scopes text[] NOT NULL DEFAULT '{}',
        state text NOT NULL CONSTRAINT subsystem_state_check CHECK (state IN ('requested', 'approved', 'suspended', 'closed')),
        contact text, version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT subsystem_pkey PRIMARY KEY (instance, member_class, member, code),
        CONSTRAINT subsystem_member_fkey FOREIGN KEY (instance, member_class, member) REFERENCES member)""",
    """CREATE TABLE partner_group (name text CONSTRAINT partner_group_pkey PRIMARY KEY, description text NOT NULL,
        version bigint NOT NULL DEFAULT 1)""",
    """CREATE TABLE partner_group_member (
        group_name text CONSTRAINT partner_group_member_group_fkey REFERENCES partner_group,
        instance text, member_class text, member text, subsystem text,
        CONSTRAINT partner_group_member_pkey PRIMARY KEY (group_name, instance, member_class, member, subsystem),
        CONSTRAINT partner_group_member_subsystem_fkey
            FOREIGN KEY (instance, member_class, member, subsystem) REFERENCES subsystem)""",
    """CREATE INDEX partner_group_member_subsystem_idx
        ON partner_group_member (instance, member_class, member, subsystem)""",
    """CREATE TABLE service (
        instance text, member_class text, member text, subsystem text, code text, title text NOT NULL,
        upstream text NOT NULL CONSTRAINT service_upstream_check CHECK (upstream IN ('http', 'city', 'adapter')),
        address text NOT NULL,
        log text NOT NULL CONSTRAINT service_log_check CHECK (log IN ('off', 'metadata', 'full')),
        personal boolean NOT NULL DEFAULT false, person_at text, scope text, openapi text,
        timeout_seconds double precision, request_bytes bigint, per_second bigint, per_day bigint, legal_basis text,
        state text NOT NULL CONSTRAINT service_state_check CHECK (state IN ('requested', 'approved', 'suspended', 'closed')),
        version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT service_pkey PRIMARY KEY (instance, member_class, member, subsystem, code),
        CONSTRAINT service_subsystem_fkey FOREIGN KEY (instance, member_class, member, subsystem) REFERENCES subsystem)""",
    """CREATE TABLE access_request (
        id uuid CONSTRAINT access_request_pkey PRIMARY KEY,
        kind text NOT NULL CONSTRAINT access_request_kind_check CHECK (kind IN ('connection', 'service', 'events')),
        instance text NOT NULL, member_class text NOT NULL, member text NOT NULL, subsystem text NOT NULL,
        wanted jsonb NOT NULL, tracking_token_sha256 bytea, purpose text NOT NULL, legal_basis text NOT NULL, asked_by text NOT NULL,
        asked_at timestamptz NOT NULL, answer_due_at timestamptz NOT NULL, answered_at timestamptz, answered_by text,
        state text NOT NULL CONSTRAINT access_request_state_check
            CHECK (state IN ('waiting', 'granted', 'refused', 'withdrawn')),
        reason text, refusal_legal_basis text, client_id text, version bigint NOT NULL DEFAULT 1,
        CONSTRAINT access_request_token_check CHECK ((kind = 'connection') = (tracking_token_sha256 IS NOT NULL)),
        CONSTRAINT access_request_refusal_check
            CHECK (state <> 'refused' OR (reason IS NOT NULL AND refusal_legal_basis IS NOT NULL)))""",
    """CREATE INDEX access_request_due_idx ON access_request ((state <> 'waiting'), answer_due_at, id)""",
    """CREATE INDEX access_request_subsystem_idx ON access_request (instance, member_class, member, subsystem, id)""",
    """CREATE INDEX access_request_asked_by_idx ON access_request (asked_by, asked_at) WHERE kind = 'connection'""",
    """CREATE TABLE access_grant (
        id uuid CONSTRAINT access_grant_pkey PRIMARY KEY,
        instance text NOT NULL, member_class text NOT NULL, member text NOT NULL, subsystem text NOT NULL, service text NOT NULL,
        to_instance text, to_member_class text, to_member text, to_subsystem text, to_group text,
        method text, path text, fields text[], valid_from date NOT NULL, valid_to date, legal_basis text NOT NULL,
        request_id uuid CONSTRAINT access_grant_request_fkey REFERENCES access_request,
        granted_at timestamptz NOT NULL, granted_by text NOT NULL,
        revoked_at timestamptz, revoked_by text, revocation_reason text, version bigint NOT NULL DEFAULT 1,
        CONSTRAINT access_grant_service_fkey
            FOREIGN KEY (instance, member_class, member, subsystem, service) REFERENCES service,
        CONSTRAINT access_grant_subject_check CHECK ((to_group IS NULL) <> (to_subsystem IS NULL)))""",
    """CREATE INDEX access_grant_service_idx ON access_grant (instance, member_class, member, subsystem, service)""",
    """CREATE INDEX access_grant_to_idx ON access_grant (to_instance, to_member_class, to_member, to_subsystem, id)""",
    """CREATE TABLE registry_revision (
        one boolean CONSTRAINT registry_revision_pkey PRIMARY KEY DEFAULT true
            CONSTRAINT registry_revision_one_check CHECK (one), revision bigint NOT NULL)""",
    """INSERT INTO registry_revision (revision) VALUES (1)""",
    """CREATE TABLE registry_change (
        revision bigint CONSTRAINT registry_change_pkey PRIMARY KEY,
        at timestamptz NOT NULL, by text NOT NULL,
        what text NOT NULL CONSTRAINT registry_change_what_check
            CHECK (what IN ('member', 'subsystem', 'service', 'group', 'grant')),
        object text NOT NULL, before jsonb, after jsonb)""",
    """CREATE INDEX registry_change_object_idx ON registry_change (object, revision)""",
    """CREATE TABLE working_calendar (
        year bigint CONSTRAINT working_calendar_pkey PRIMARY KEY, version bigint NOT NULL, days jsonb NOT NULL)""",
)


def upgrade() -> None:
    """Forward only: a mistake is mended by the next migration."""
    for statement in STATEMENTS:
        op.execute(statement)
