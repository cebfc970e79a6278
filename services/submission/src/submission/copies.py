"""What this process remembers of the catalogue's copies: compiled procedures and calendars, by version. Decides nothing.

A version never changes, so nothing here grows old: a newer version has another key, which the database names.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date
from typing import Generic, TypeVar

from chassis.database import UnitOfWork
from submission.domain.codes import CodePattern
from submission.domain.deadlines import WorkingCalendar
from submission.domain.procedure import Procedure
from submission.queries import copies
from submission.rules import BUSINESS_HOURS, CODE_PATTERNS, FORM_RULES

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Memory(Generic[Key, Value]):
    """The last `most` values made, by key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    async def get(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value of a key, made if it is not here."""
        if (value := self._kept.get(key)) is None:
            value = self._kept[key] = await make()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return value


class Copies:
    """The catalogue as this process has it in hand, and the patterns by which dossiers get their codes."""

    def __init__(self, code_patterns: Sequence[CodePattern] = CODE_PATTERNS) -> None:
        self.code_patterns = code_patterns
        # Hanoi publishes some 2,000 procedures; a compiled one takes tens of kilobytes, and few are filed often.
        self._procedures: _Memory[tuple[str, int], Procedure] = _Memory(512)
        self._calendars: _Memory[tuple[int, tuple[str, ...]], WorkingCalendar] = _Memory(16)

    async def procedure(self, uow: UnitOfWork, code: str, version: int) -> Procedure:
        """A version of a procedure, ready to check forms with."""

        async def make() -> Procedure:
            return Procedure.of(await copies.procedure(uow, code, version), FORM_RULES)

        return await self._procedures.get((code, version), make)

    async def calendar(self, uow: UnitOfWork, day: date, versions: tuple[str, ...]) -> WorkingCalendar:
        """The working calendar of that day's year and the next, in these versions (`copies.calendar_key`)."""

        async def make() -> WorkingCalendar:
            return WorkingCalendar(await copies.calendar_days(uow, day), BUSINESS_HOURS)

        return await self._calendars.get((day.year, versions), make)

    async def current_calendar(self, uow: UnitOfWork, day: date) -> WorkingCalendar:
        """The same in the versions now in force, where the caller does not know them yet: a statement more."""
        return await self.calendar(uow, day, await copies.calendar_key(uow, day))
