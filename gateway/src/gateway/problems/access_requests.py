"""What goes wrong with requests for access."""

from collections.abc import Mapping

from chassis.problems import Conflict, NotFound, Problem, Text


class AccessRequestNotFound(NotFound):
    """404: no such request, or the caller is not the one who made it."""

    slug = "access-request-not-found"
    title = Text("Không tìm thấy yêu cầu", "No such request")


class AccessRequestAnswered(Conflict):
    """409: the request was answered or withdrawn before. Context carries its `state`."""

    slug = "access-request-answered"
    title = Text("Yêu cầu đã được giải quyết", "The request is not waiting any more")


class SubsystemKnown(Conflict):
    """409: the subsystem has an account already: it asks for more with that, and its keys are changed with that."""

    slug = "subsystem-known"
    title = Text("Hệ thống này đã có tài khoản kết nối", "The subsystem has an account already")


class TooManyRequests(Problem):
    """429: more requests for a connection from one place than a person makes."""

    status = 429
    slug = "too-many-access-requests"
    title = Text("Gửi quá nhiều yêu cầu", "Too many requests")
    headers: Mapping[str, str] = {"Retry-After": "60"}
