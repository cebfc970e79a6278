"""Indicators of QĐ 766/QĐ-TTg on progress (2.1) and digitisation (4.1 to 4.5), from sums of daily counts. It reads nothing.

The decision's words leave some of it open; what is taken here is said with each. Days are Hanoi days. Points and targets are not
this module's: an indicator is its exact numerator and denominator.
"""

from dataclasses import dataclass

from reporting.domain.report import ReportII06a, Tally, report
from reporting.domain.share import Share

NO_DOSSIER = "Không có hồ sơ nào trong kỳ / No dossier in the period"
NO_RESOLVED = "Không có hồ sơ nào được giải quyết trong kỳ / No dossier was resolved in the period"
NO_RESULT = "Không có hồ sơ nào có kết quả trong kỳ / No dossier had a result in the period"
NO_COMPONENT = "Hồ sơ tiếp nhận trong kỳ không có thành phần nào được kê / No papers are counted of the dossiers received in the period"


@dataclass(frozen=True, slots=True)
class Indicator:
    """Chỉ tiêu: a share under its number in the decision. `why_not`: why it is not applicable, where the whole is 0."""

    id: str
    name: str
    share: Share
    why_not: str

    @property
    def reason(self) -> str | None:
        """Why there is no value; None where there is one."""
        return self.why_not if self.share.denominator == 0 else None


@dataclass(frozen=True, slots=True)
class DigitisationTally:
    """Sums over a period: of dossiers received in it, and of dossiers resolved in it."""

    received: int
    identity_verified: int
    components: int
    components_reused: int
    components_from_store: int
    resolved: int
    without_result: int
    electronic_result: int
    digitised: int


def digitisation(tally: DigitisationTally) -> tuple[Indicator, ...]:
    """4.1 and 4.2 are of the dossiers resolved in the period, 4.3 to 4.5 of those received in it.

    4.1: a dossier that was stopped, refused or withdrawn has no result, and so needs none. 4.2: all that were resolved, as
    it is written. 4.3 and 4.4: papers of dossiers whose papers are counted.
    """
    return (
        Indicator(
            "4.1",
            "Hồ sơ có kết quả điện tử / With an electronic result",
            Share(tally.electronic_result, tally.resolved - tally.without_result),
            NO_RESULT,
        ),
        Indicator(
            "4.2",
            "Hồ sơ số hóa thành phần và kết quả / Papers and result digitised",
            Share(tally.digitised, tally.resolved),
            NO_RESOLVED,
        ),
        Indicator(
            "4.3",
            "Thành phần được sử dụng lại / Papers reused",
            Share(tally.components_reused, tally.components),
            NO_COMPONENT,
        ),
        Indicator(
            "4.4",
            "Thành phần lấy từ kho dữ liệu quốc gia / Papers from the national data store",
            Share(tally.components_from_store, tally.components),
            NO_COMPONENT,
        ),
        Indicator(
            "4.5",
            "Hồ sơ từ tài khoản xác thực VNeID / From an account verified by VNeID",
            Share(tally.identity_verified, tally.received),
            NO_DOSSIER,
        ),
    )


@dataclass(frozen=True, slots=True)
class RepeatTally:
    """Dossiers asked twice or more for a supplement: resolved in the period and in progress at its end, not overdue else.

    And of all: requests made in the period, and the seconds of the waits that ended in it.
    """

    resolved: int
    in_progress: int
    requests: int
    seconds: int


def progress(tally: Tally, repeated: RepeatTally) -> Indicator:
    """2.1: finished and in progress on time, of all that was in hand in the period: received in it or carried over into it.

    As report II.06a counts them, a due time moved by as long as a supplement was awaited; and who was asked for a supplement
    more than once is overdue.
    """
    counted: ReportII06a = report(tally)
    in_time = counted.resolved_early + counted.resolved_on_time + counted.in_progress_in_time
    return Indicator(
        "2.1",
        "Hồ sơ giải quyết đúng hạn / Dossiers on time",
        Share(in_time - repeated.resolved - repeated.in_progress, counted.received),
        NO_DOSSIER,
    )
