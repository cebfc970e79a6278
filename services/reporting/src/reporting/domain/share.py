"""Shares as the reports print them: exact numerator and denominator, percent rounded half up. It counts nothing."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, as counts of dossiers."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str | None:
        """Percent with one decimal, half rounded up, e.g. `55.5`; None where there is nothing to take a share of."""
        return self._percent(places=1)

    @property
    def precise_percent(self) -> str | None:
        """The same with two decimals, as QĐ 766/QĐ-TTg wants its indicators."""
        return self._percent(places=2)

    def _percent(self, places: int) -> str | None:
        if self.denominator == 0:
            return None
        scale: int = 10**places
        steps = (200 * scale * self.numerator + self.denominator) // (2 * self.denominator)
        return f"{steps // scale}.{steps % scale:0{places}d}"


@dataclass(frozen=True, slots=True)
class ByChannel:
    """Dossiers received, by channel (kênh thực hiện), of one group of them. `key` None: those that belong to no group.

    `assisted`: how many of them an officer entered for the applicant. `valid_to`: the last day of a procedure that has one.
    """

    key: str | None
    name: str | None
    online: int
    counter: int
    post: int
    assisted: int = 0
    valid_to: date | None = None

    @property
    def total(self) -> int:
        return self.online + self.counter + self.post

    @property
    def online_share(self) -> Share:
        """Tỷ lệ hồ sơ trực tuyến."""
        return Share(self.online, self.total)


def total_of(groups: list[ByChannel]) -> ByChannel:
    """All groups together; each dossier is in exactly one."""
    return ByChannel(
        None,
        None,
        sum(group.online for group in groups),
        sum(group.counter for group in groups),
        sum(group.post for group in groups),
        sum(group.assisted for group in groups),
    )
