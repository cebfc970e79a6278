"""Shares as the reports print them: exact numerator and denominator, percent rounded half up. It counts nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, as counts of dossiers."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str | None:
        """Percent with one decimal, half rounded up, e.g. `55.5`; None where there is nothing to take a share of."""
        if self.denominator == 0:
            return None
        tenths = (2000 * self.numerator + self.denominator) // (2 * self.denominator)
        return f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class ByChannel:
    """Dossiers received, by channel (kênh thực hiện), of one group of them. `key` None: those that belong to no group."""

    key: str | None
    name: str | None
    online: int
    counter: int
    post: int

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
    )
