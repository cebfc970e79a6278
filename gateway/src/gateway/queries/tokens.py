"""SQL of assertions that were used and of tokens taken back. Rows that no longer matter go as others come. It decides nothing."""

from datetime import datetime

from sqlalchemy import text

from chassis.database import UnitOfWork

_FORGET_ASSERTIONS = text("DELETE FROM assertion_seen WHERE client_id = :client_id AND expires_at < now()")
_USE_ASSERTION = text(
    "INSERT INTO assertion_seen (client_id, jti, expires_at) VALUES (:client_id, :jti, :forget_at)"
    " ON CONFLICT DO NOTHING RETURNING jti"
)
_FORGET_TOKENS = text("DELETE FROM revoked_token WHERE expires_at < now() - interval '1 minute'")
_REVOKE = text(
    "INSERT INTO revoked_token (jti, client_id, expires_at) VALUES (:jti, :client_id, :expires_at) ON CONFLICT DO NOTHING"
)
# A minute longer than the token says it lives: clocks that check it may be behind ours.
_NOT_COUNTING = text(
    "SELECT 'token' AS what, jti AS name FROM revoked_token WHERE expires_at > now() - interval '1 minute'"
    " UNION ALL SELECT 'client', s.client_id FROM subsystem s"
    " JOIN member m ON (m.instance, m.member_class, m.code) = (s.instance, s.member_class, s.member)"
    " WHERE s.state <> 'approved' OR m.state <> 'approved'"
)


async def use_assertion(uow: UnitOfWork, client_id: str, jti: str, forget_at: datetime) -> bool:
    """Note that it was used; False if it was before."""
    await uow.execute(_FORGET_ASSERTIONS, {"client_id": client_id})
    row = await uow.execute(_USE_ASSERTION, {"client_id": client_id, "jti": jti, "forget_at": forget_at})
    return row.one_or_none() is not None


async def revoke(uow: UnitOfWork, jti: str, client_id: str, expires_at: datetime) -> None:
    """Note that the token is taken back; once more changes nothing."""
    await uow.execute(_FORGET_TOKENS)
    await uow.execute(_REVOKE, {"jti": jti, "client_id": client_id, "expires_at": expires_at})


async def not_counting(uow: UnitOfWork) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the tokens that are taken back and have not run out; ids of the clients that may not connect."""
    rows = (await uow.execute(_NOT_COUNTING)).all()
    tokens, clients = (frozenset(row.name for row in rows if row.what == what) for what in ("token", "client"))
    return tokens, clients
