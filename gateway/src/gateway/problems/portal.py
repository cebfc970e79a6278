"""What goes wrong with the synchronisation with the national portal."""

from chassis.problems import InvalidPayload, NotFound, Text


class ReconciliationNotFound(NotFound):
    """404: no reconciliation of that id."""

    slug = "reconciliation-not-found"
    title = Text("Không có lần đối soát này", "No such reconciliation")


class SinceInFuture(InvalidPayload):
    """422: nothing has moved since a day that is yet to come."""

    slug = "since-in-future"
    title = Text("Ngày bắt đầu ở trong tương lai", "The first day is yet to come")
