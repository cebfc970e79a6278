"""What goes wrong on the way to a service behind the public origin, and at the pages that explain."""

from chassis.problems import NotFound, Problem, Text


class ServiceNotFound(NotFound):
    """404: no service of this city has that name under /api, or not at that address."""

    slug = "service-not-found"
    title = Text("Không có dịch vụ tại địa chỉ này", "No service at this address")


class UpstreamUnavailable(Problem):
    """502: the service behind the gateway cannot be reached."""

    status = 502
    slug = "upstream-unavailable"
    title = Text("Dịch vụ phía sau chưa sẵn sàng", "The service behind the gateway cannot be reached")


class UpstreamTimeout(Problem):
    """504: the service behind the gateway did not answer in time. What it was asked to do may have been done."""

    status = 504
    slug = "upstream-timeout"
    title = Text("Dịch vụ phía sau không trả lời kịp", "The service behind the gateway did not answer in time")


class ProblemNotFound(NotFound):
    """404: no service tells of a problem by that name."""

    slug = "problem-not-found"
    title = Text("Không có loại lỗi này", "No problem has that name")
