"""Use cases of the console itself: sign-in, sessions, and the audit of what operators do. It decides nothing else."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from chassis.auth import Kind, Principal, account_of
from chassis.database import Database, UnitOfWork
from chassis.problems import Forbidden, Problem, Text
from gateway.domain.scopes import OPERATOR
from gateway.queries import console_sessions as queries
from gateway.queries.console_sessions import Action, Login, Session

Result = TypeVar("Result")


@dataclass(frozen=True)
class Operator:
    """Who acts at the console, and from which address: what the audit says of her."""

    subject: str
    name: str
    address: str

    @property
    def account(self) -> str:
        """Her account, as other parts of the room keep it."""
        return account_of(Kind.OFFICER, self.subject)

    def did(self, action: str, subject: str, details: Mapping[str, Any] | None = None) -> Action:
        """A line of the audit, for something that succeeds with the transaction it is written in."""
        return Action(self.subject, self.name, self.address, action, subject, details or {}, "done")


def hash_of(secret: str) -> bytes:
    """What is kept of a value that only a browser holds. It is random, so that a plain hash does not give it away."""
    return sha256(secret.encode()).digest()


async def begin_sign_in(login: Login, uow: UnitOfWork) -> str:
    """Remember a sign-in that leaves for the issuer; gives what ties it to this browser."""
    tie = secrets.token_urlsafe(32)
    await queries.begin_login(uow, hash_of(tie), login)
    return await uow.commit(tie)


async def take_sign_in(tie: str, state: str, uow: UnitOfWork) -> Login | None:
    """The sign-in that comes back, if this browser began it with this state, once and not long ago."""
    login = await queries.take_login(uow, hash_of(tie))
    same = login is not None and secrets.compare_digest(login.state.encode(), state.encode())
    return await uow.commit(login if login is not None and same and login.fresh else None)


async def sign_in(principal: Principal, address: str, uow: UnitOfWork, *, seconds: int, before: str | None) -> str:
    """Open a session for an operator; gives its new secret. Anybody else is refused, and the refusal is on record."""
    operator = Operator(principal.subject, principal.name, address)
    if not may_operate(principal.kind, principal.roles):
        line = Operator(f"{principal.kind.value}:{hash_of(principal.subject).hex()[:16]}", "", address)
        known = operator if principal.kind is Kind.OFFICER else line  # a citizen's number is not for the audit
        await queries.write_action(uow, replace(known.did("sign-in", "console"), outcome="refused"))
        await uow.commit(None)
        raise Forbidden(Text("Tài khoản không có vai trò vận hành", "This account is not an operator's"))
    secret = secrets.token_urlsafe(32)
    roles = sorted(principal.roles)
    session = Session(principal.subject, principal.name, roles, principal.agency, secrets.token_urlsafe(32))
    replaced = hash_of(before) if before is not None else None
    await queries.open_session(uow, hash_of(secret), session, seconds=seconds, replaced=replaced)
    await queries.write_action(uow, operator.did("sign-in", "console"))
    return await uow.commit(secret)


def may_operate(kind: Kind, roles: frozenset[str]) -> bool:
    """Whether such an account is an operator's."""
    return kind is Kind.OFFICER and OPERATOR in roles


async def session_at(secret: str, uow: UnitOfWork, *, idle: int, touch: bool) -> Session | None:
    """The operator's session, its role looked at anew; what only watches (`touch` False) does not keep it awake."""
    session = await queries.session_of(uow, hash_of(secret), idle=idle, touch=touch)
    await uow.commit(None)
    allowed = session is not None and may_operate(Kind.OFFICER, frozenset(session.roles))
    return session if allowed else None


async def sign_out(secret: str, operator: Operator, uow: UnitOfWork) -> None:
    """End the session."""
    await queries.close_session(uow, hash_of(secret))
    await queries.write_action(uow, operator.did("sign-out", "console"))
    await uow.commit(None)


@asynccontextmanager
async def audited(database: Database, action: Action) -> AsyncIterator[UnitOfWork]:
    """A unit of work in which the action's line already stands: whoever commits, commits both, or neither.

    An action that is refused, or fails, leaves a line of its own that says so.
    """
    try:
        async with database.begin() as uow:
            await queries.write_action(uow, action)
            yield uow
    except Exception as error:
        reason = error.slug if isinstance(error, Problem) else type(error).__name__
        await _write(database, replace(action, outcome="refused", details={**action.details, "refused": reason}))
        raise


async def audited_around(database: Database, action: Action, act: Callable[[], Awaitable[Result]]) -> Result:
    """For an action that commits by itself: its line is written before it, so that nothing happens without one."""
    await _write(database, replace(action, outcome="begun"))
    try:
        result = await act()
    except Exception as error:
        reason = error.slug if isinstance(error, Problem) else type(error).__name__
        await _write(database, replace(action, outcome="refused", details={**action.details, "refused": reason}))
        raise
    await _write(database, action if result is not False else replace(action, outcome="refused"))
    return result


async def look(action: Action, uow: UnitOfWork) -> None:
    """Put on record that something with personal data was looked at."""
    await queries.write_action(uow, action)
    await uow.commit(None)


async def _write(database: Database, action: Action) -> None:
    async with database.begin() as uow:
        await queries.write_action(uow, action)
        await uow.commit(None)
