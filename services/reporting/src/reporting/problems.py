"""What can go wrong in reporting, as problems with a stable slug."""

from chassis.problems import InvalidPayload, NotFound, Text, Unavailable


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


class ProcedureNotKnownYet(Unavailable):
    """A procedure is withdrawn that our copy of the catalogue does not hold: the event is tried again later."""

    slug = "procedure-not-known-yet"
    title = Text("Chưa có dữ liệu thủ tục", "The procedure is not known yet")
