"""What goes wrong when a service is to be told again what the ledger holds."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class ReplayRunning(Conflict):
    """409: this service is being told again already. Context carries the running replay's `replayId`."""

    slug = "replay-running"
    title = Text("Dịch vụ này đang được gửi lại sự kiện", "This service is being told again already")


class NothingToReplay(InvalidPayload):
    """422: the position is past the end of the ledger, or the service hears nothing. Context carries the ledger's `size`."""

    slug = "nothing-to-replay"
    title = Text("Không có sự kiện nào để gửi lại", "There is nothing to be told again")


class ReplayNotFound(NotFound):
    """404: no replay has that id."""

    slug = "replay-not-found"
    title = Text("Không có lần gửi lại này", "No such replay")
