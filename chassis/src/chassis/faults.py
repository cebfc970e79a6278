"""What an unforeseen exception means to the caller: away for now (503), a value that cannot be kept (422), or our fault (500).

It reads kinds and codes of errors, never their text, and decides nothing about retrying.
"""

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.problems import InternalError, InvalidPayload, Problem, Text, Unavailable

# SQLSTATE classes and codes after which the same request may succeed: connection lost, transaction chosen as a victim,
# out of resources, stopped by an operator or a time limit, a lock not given, a standby that has not taken over yet.
_AWAY = ("08", "40", "53", "57", "58", "55P03", "25006")
# Data that PostgreSQL refuses: NUL in text, a number beyond its type, a date that is none. Not 22012, division by zero.
_REFUSED = ("22001", "22003", "22007", "22008", "22021", "22P02", "22P05")


class ValueNotStorable(InvalidPayload):
    """422: a value that passed the payload's rules, but that no database column can hold."""

    slug = "value-not-storable"
    title = Text("Dữ liệu chứa giá trị không lưu được", "A value cannot be stored")


def answer_to(error: Exception) -> Problem:
    """The problem that an exception nobody caught is answered with."""
    if isinstance(error, Problem):
        return error
    # Raised raw while connecting (server starting up, too many connections): SQLAlchemy wraps only what comes later.
    if isinstance(error, (PoolTimeout, OSError, InterfaceError)):
        return Unavailable()
    if isinstance(error, PostgresError):
        return Unavailable() if str(error.sqlstate).startswith(_AWAY) else InternalError()
    if isinstance(error, DBAPIError):
        return _of_database(error)
    return InternalError()


def _of_database(error: DBAPIError) -> Problem:
    code = str(getattr(error.orig, "sqlstate", None) or "")
    if error.connection_invalidated or code.startswith(_AWAY) or _plan_outdated(error):
        return Unavailable()
    if code in _REFUSED or isinstance(_encoding(error), (OverflowError, UnicodeEncodeError)):
        return ValueNotStorable()
    return InternalError()


def _plan_outdated(error: DBAPIError) -> bool:
    """A prepared statement from before a migration: the driver forgets it after this one failure."""
    return type(error.orig).__name__ == "InvalidCachedStatementError"


def _encoding(error: DBAPIError) -> BaseException | None:
    """Why the driver could not encode a parameter, if that was it."""
    raised = error.orig.__cause__ if error.orig is not None else None
    return raised.__cause__ if raised is not None else None
