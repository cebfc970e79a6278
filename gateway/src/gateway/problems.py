"""What can go wrong at the gateway, as problems with a stable slug."""

from chassis.problems import InvalidPayload, NotFound, Problem, Text, Unavailable


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


class EntryNotFound(NotFound):
    """404: the ledger holds no event of that id."""

    slug = "ledger-entry-not-found"
    title = Text("Sổ cái không có sự kiện này", "The ledger has no such event")


class CheckpointNotFound(NotFound):
    """404: the ledger was never signed, so there is nothing to prove against."""

    slug = "checkpoint-not-found"
    title = Text("Sổ cái chưa có điểm kiểm tra", "The ledger has no checkpoint yet")


class BeyondTheLedger(InvalidPayload):
    """422: the proof is about entries that are not there. Context carries the ledger's `size`."""

    slug = "beyond-the-ledger"
    title = Text("Vượt ngoài phạm vi sổ cái", "Outside the ledger")


class TokensUnavailable(Unavailable):
    """503: this installation has no key to sign tokens with."""

    slug = "tokens-unavailable"
    title = Text("Nơi này chưa cấp token", "This installation gives out no tokens")


class ProblemNotFound(NotFound):
    """404: no service tells of a problem by that name."""

    slug = "problem-not-found"
    title = Text("Không có loại lỗi này", "No problem has that name")
