"""Fills submission's tables with any number of made-up dossiers in seconds, by SQL alone. It measures nothing.

They look as filed ones do: spread over units, procedures, statuses and two years, each with its history, and named in
turn from small lists of given names, so that searches find few of many. Nobody in them exists.
"""

from datetime import UTC, datetime

import asyncpg

NAMES_FAMILY = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "VŨ", "ĐẶNG", "BÙI")
NAMES_MIDDLE = ("VĂN", "THỊ", "ĐỨC", "NGỌC", "MINH", "THU", "QUANG", "HỒNG", "GIA", "KHÁNH")
NAMES_GIVEN = (
    "AN", "BÌNH", "CHÂU", "DŨNG", "GIANG", "HÀ", "HUY", "KHOA", "LAN", "LINH", "LONG", "MAI", "NAM", "NHUNG", "PHÚC", "QUÂN",
    "SƠN", "TÂM", "THẢO", "TUẤN", "UYÊN", "VINH", "XUÂN", "YẾN",
)  # fmt: skip

PROCEDURES = ("1.001193", "2.000635", "1.004873", "1.000656", "1.000894")
LATEST = datetime(2026, 10, 1, tzinfo=UTC)
"""The newest made-up dossier came in then; the others before it, evenly."""
SPAN_DAYS = 730

# In a hundred dossiers: those still open (some of each open status) are few, as in a city that keeps up.
STATUSES = (
    *[10] * 70, *[9] * 12, *[3] * 4, *[7] * 3, *[8] * 3, *[1] * 3, *[2] * 1, *[4] * 2, *[5] * 1, *[6] * 1,
)  # fmt: skip

_DOSSIERS = """
INSERT INTO dossiers (
    code, status, version, procedure, procedure_version, handled_by, unit, channel, owner, applicant, applicant_class,
    quantity, form, typed_by_kind, typed_by, received_at, occurrence_is_late, due_at, fee_state, finished_at, returned_at,
    clock_stopped_at, resumes_to, supplement_by, supplement_requests, changed_at)
SELECT
    'H26-' || to_char(received_at, 'YYYYMMDD') || '-' || lpad(n::text, 7, '0'),
    status,
    CASE status WHEN 1 THEN 2 WHEN 10 THEN 5 ELSE 3 END,
    procedure,
    1,
    CASE procedure WHEN '1.001193' THEN 'civil-registry' ELSE 'desk' END,
    ($4::text[])[1 + mix % cardinality($4::text[])],
    1 + mix % 2,
    personal_id,
    jsonb_build_object('kind', 1, 'full_name', person, 'personal_id', personal_id),
    'general',
    1,
    jsonb_build_object('requester', jsonb_build_object('fullName', person, 'personalId', personal_id)),
    'citizen',
    personal_id,
    received_at,
    false,
    received_at + interval '3 days',
    'none',
    CASE WHEN status IN (8, 9, 10) THEN received_at + interval '2 days' END,
    CASE WHEN status = 10 THEN received_at + interval '3 days' END,
    CASE WHEN status IN (5, 6) THEN received_at + interval '1 day' END,
    CASE WHEN status IN (5, 6) THEN 1 END,
    CASE WHEN status = 5 THEN received_at + interval '11 days' END,
    CASE WHEN status = 5 THEN 1 ELSE 0 END,
    received_at + interval '3 days'
FROM (
    SELECT
        n,
        mix,
        ($6::smallint[])[1 + mix / 7 % cardinality($6::smallint[])] AS status,
        ($5::text[])[1 + mix / 11 % cardinality($5::text[])] AS procedure,
        $7::timestamptz - ($2 - n + $1) * ($3 * interval '1 day' / $2) AS received_at,
        -- About one person in four files a second time.
        '00119' || lpad((mix % greatest($2 * 3 / 4, 1))::text, 7, '0') AS personal_id,
        ($8::text[])[1 + mix % cardinality($8::text[])] || ' '
            || ($9::text[])[1 + mix / 8 % cardinality($9::text[])] || ' '
            || ($10::text[])[1 + mix / 80 % cardinality($10::text[])] AS person
    FROM (
        -- A hash instead of random(): the same number gives the same dossier, in every run.
        SELECT n, (hashint8(n) & 2147483647) AS mix FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) AS n
    ) AS numbered
) AS made
"""

_HISTORY = """
INSERT INTO history (dossier_code, version, status, at, actor_kind, actor)
SELECT code, step.version, step.status, received_at + (step.version - 1) * interval '1 hour', 'citizen', typed_by
FROM dossiers
CROSS JOIN LATERAL (
    SELECT 1 AS version, 1 AS status
    UNION ALL SELECT dossiers.version, dossiers.status WHERE dossiers.status <> 1
) AS step
WHERE right(code, 7)::bigint BETWEEN $1 AND $1 + $2 - 1
"""


async def fill(libpq_url: str, count: int, *, first: int = 1, units: tuple[str, ...] | None = None) -> None:
    """Add `count` dossiers, numbered from `first`, to submission's database, and let the planner know.

    `units`: the communes they belong to; those of the database if none are named. Two fillings with the same numbers
    collide; nothing else is touched.
    """
    connection = await asyncpg.connect(libpq_url)
    try:
        # A million rows are the bench's own: they need not be safe, only there.
        await connection.execute("SET synchronous_commit = off")
        if units is None:
            rows = await connection.fetch(
                "SELECT DISTINCT code FROM units WHERE kind IN ('ward', 'commune', 'township')"
            )
            units = tuple(sorted(row["code"] for row in rows))
        await connection.execute(
            _DOSSIERS, first, count, float(SPAN_DAYS), list(units), list(PROCEDURES), list(STATUSES), LATEST,
            list(NAMES_FAMILY), list(NAMES_MIDDLE), list(NAMES_GIVEN), timeout=1800,
        )  # fmt: skip
        await connection.execute(_HISTORY, first, count, timeout=1800)
        await connection.execute("ANALYZE dossiers")
        await connection.execute("ANALYZE history")
    finally:
        await connection.close()
