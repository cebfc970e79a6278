"""What goes wrong at the message log and its evidence."""

from chassis.problems import Conflict, NotFound, Text, Unavailable


class MessageLogUnavailable(Unavailable):
    """503: the exchange could not be written down, so it does not take place."""

    slug = "message-log-unavailable"
    title = Text("Không ghi được nhật ký trao đổi", "The exchange could not be logged")


class ExchangeNotFound(NotFound):
    """404: no such exchange, or not the caller's."""

    slug = "exchange-not-found"
    title = Text("Không tìm thấy lần trao đổi", "No such exchange")


class NotYetProven(Conflict):
    """409: it is recorded, but no signed checkpoint covers it yet. Context carries `state`; ask again in a second or two."""

    slug = "not-yet-proven"
    title = Text("Chưa có điểm kiểm tra bao trùm mục này", "No checkpoint covers this entry yet")
    headers = {"Retry-After": "2"}  # noqa: RUF012 - declared a read-only Mapping by Problem
