"""What reporting's API gives, as pydantic models. Nothing in them speaks of a person."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contracts.codes import Channel
from reporting.domain.indicators import Indicator
from reporting.domain.share import ByChannel, Share
from reporting.statistics import GroupBy


class Wire(BaseModel):
    """camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class ShareView(Wire):
    """A share: exact numerator and denominator, and percent with one decimal, half rounded up.

    A denominator of 0: `percent` is null and `notApplicable` true.
    """

    numerator: int
    denominator: int
    percent: str | None
    not_applicable: bool

    @classmethod
    def of(cls, share: Share) -> "ShareView":
        """As shown."""
        return cls(
            numerator=share.numerator,
            denominator=share.denominator,
            percent=share.percent,
            not_applicable=share.percent is None,
        )


class TotalView(Wire):
    """Dossiers received, by channel, and the share of those filed online.

    `assisted`: how many of them, by whatever channel, an officer entered for the applicant.
    """

    online: int
    counter: int
    post: int
    total: int
    assisted: int
    share: ShareView

    @classmethod
    def of(cls, counted: ByChannel) -> "TotalView":
        """As shown for all groups together."""
        return cls(**_numbers(counted))


class GroupView(TotalView):
    """The same for one group. `key` is null for dossiers that belong to none: today's communes have no district.

    `validTo`: of a procedure that has ended or will, the last day it is filed by.
    """

    key: str | None
    name: str | None
    valid_to: date | None = None

    @classmethod
    def of(cls, counted: ByChannel) -> "GroupView":
        """As shown for one group."""
        return cls(key=counted.key, name=counted.name, valid_to=counted.valid_to, **_numbers(counted))


def _numbers(counted: ByChannel) -> dict[str, Any]:
    return {
        "online": counted.online,
        "counter": counted.counter,
        "post": counted.post,
        "total": counted.total,
        "assisted": counted.assisted,
        "share": ShareView.of(counted.online_share),
    }


class OnlineShareView(Wire):
    """Tỷ lệ hồ sơ trực tuyến: the online share of the dossiers received in a period, by group and in total."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from": "2016-08-10",
                "to": "2016-08-19",
                "groupBy": "group",
                "groups": [
                    {
                        "key": "birth",
                        "name": "Khai sinh",
                        "online": 842,
                        "counter": 597,
                        "post": 0,
                        "total": 1439,
                        "assisted": 0,
                        "share": {"numerator": 842, "denominator": 1439, "percent": "58.5", "notApplicable": False},
                    },
                    {
                        "key": "death",
                        "name": "Khai tử",
                        "online": 177,
                        "counter": 220,
                        "post": 0,
                        "total": 397,
                        "assisted": 0,
                        "share": {"numerator": 177, "denominator": 397, "percent": "44.6", "notApplicable": False},
                    },
                ],
                "total": {
                    "online": 1019,
                    "counter": 817,
                    "post": 0,
                    "total": 1836,
                    "assisted": 0,
                    "share": {"numerator": 1019, "denominator": 1836, "percent": "55.5", "notApplicable": False},
                },
            }
        }
    )

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    group_by: GroupBy
    groups: list[GroupView]
    total: TotalView


class IndicatorView(Wire):
    """An indicator (chỉ tiêu) of QĐ 766/QĐ-TTg: exact numerator and denominator, percent with two decimals, half rounded up.

    A denominator of 0: `percent` is null, `notApplicable` true, and `reason` says why.
    """

    id: str
    name: str
    numerator: int
    denominator: int
    percent: str | None
    not_applicable: bool
    reason: str | None = None

    @classmethod
    def of(cls, indicator: Indicator) -> "IndicatorView":
        """As shown."""
        return cls(
            id=indicator.id,
            name=indicator.name,
            numerator=indicator.share.numerator,
            denominator=indicator.share.denominator,
            percent=indicator.share.precise_percent,
            not_applicable=indicator.reason is not None,
            reason=indicator.reason,
        )


_ON_TIME: dict[str, Any] = {
    "id": "2.1",
    "name": "Hồ sơ giải quyết đúng hạn / Dossiers on time",
    "numerator": 117,
    "denominator": 120,
    "percent": "97.50",
    "notApplicable": False,
}


class DigitisationView(Wire):
    """Số hóa: indicators 4.1 to 4.5 of a period."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from": "2026-07-01",
                "to": "2026-09-30",
                "indicators": [
                    {
                        "id": "4.1",
                        "name": "Hồ sơ có kết quả điện tử / With an electronic result",
                        "numerator": 99,
                        "denominator": 108,
                        "percent": "91.67",
                        "notApplicable": False,
                    }
                ],
            }
        }
    )

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    indicators: list[IndicatorView]


class ProgressView(Wire):
    """Tiến độ giải quyết: indicator 2.1 of a period, and the supplements asked for in it.

    `supplementHours`: whole hours that dossiers waited for supplements, of the waits that ended in the period.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from": "2026-07-01",
                "to": "2026-09-30",
                "onTime": _ON_TIME,
                "supplementRequests": 7,
                "supplementHours": 163,
            }
        }
    )

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    on_time: IndicatorView
    supplement_requests: int
    supplement_hours: int


class ReportView(Wire):
    """Biểu II.06a/VPCP/KSTT; the number of each column is in its description there, its definition in this API's docs."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from": "2026-07-01",
                "to": "2026-09-30",
                "received": 120,
                "receivedOnline": 90,
                "receivedDirect": 25,
                "carriedOver": 5,
                "resolved": 110,
                "resolvedEarly": 60,
                "resolvedOnTime": 48,
                "resolvedOverdue": 2,
                "inProgress": 10,
                "inProgressInTime": 9,
                "inProgressOverdue": 1,
            }
        }
    )

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    received: int
    received_online: int
    received_direct: int
    carried_over: int
    resolved: int
    resolved_early: int
    resolved_on_time: int
    resolved_overdue: int
    in_progress: int
    in_progress_in_time: int
    in_progress_overdue: int


class SnapshotRow(Wire):
    """One procedure at one unit by one channel: dossiers received, and dossiers resolved, on the day."""

    procedure: str
    unit: str
    channel: Channel
    received: int
    resolved_early: int
    resolved_on_time: int
    resolved_overdue: int


class SnapshotView(Wire):
    """The counts of a Hanoi day. `complete`: the day is over."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "day": "2016-08-10",
                "complete": True,
                "rows": [
                    {
                        "procedure": "hn2016-birth-ordinary",
                        "unit": "00118",
                        "channel": 2,
                        "received": 7,
                        "resolvedEarly": 0,
                        "resolvedOnTime": 6,
                        "resolvedOverdue": 0,
                    }
                ],
            }
        }
    )

    day: date
    complete: bool
    rows: list[SnapshotRow]
