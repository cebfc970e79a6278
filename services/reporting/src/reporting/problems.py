"""What can go wrong in reporting, as problems with a stable slug."""

from chassis.problems import InvalidPayload, NotFound, Text


class PeriodReversed(InvalidPayload):
    """422: the last day of the period is before its first."""

    slug = "period-reversed"
    title = Text("Ngày cuối kỳ trước ngày đầu kỳ", "The period ends before it begins")


class ServiceGroupUnknown(InvalidPayload):
    """422: there is no such group of services; `known` lists those there are."""

    slug = "service-group-unknown"
    title = Text("Không có nhóm dịch vụ này", "No such group of services")


class SnapshotNotYet(NotFound):
    """404: that day has not come yet."""

    slug = "snapshot-not-yet"
    title = Text("Chưa đến ngày này", "That day has not come yet")
