"""Problems of what operators do at the console; pages show their words, no API gives them. Nothing is decided here."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class QuarantinedNotFound(NotFound):
    """404: there is no such quarantined event."""

    slug = "quarantined-event-not-found"
    title = Text("Không có sự kiện cách ly này", "No such quarantined event")


class QuarantineSettled(Conflict):
    """409: it was replayed or dismissed before."""

    slug = "quarantine-settled"
    title = Text("Sự kiện cách ly này đã được xử lý", "This quarantined event was settled before")


class StillRefused(InvalidPayload):
    """422: what was mended is still not an event the router admits; `reason` says why."""

    slug = "quarantined-event-still-refused"
    title = Text("Bản sửa vẫn bị bộ định tuyến từ chối", "The router still refuses what was mended")


class ParkedNotFound(NotFound):
    """404: there is no such parked event, or somebody settled it meanwhile."""

    slug = "parked-event-not-found"
    title = Text("Không có sự kiện đang chờ xử lý này", "No such parked event")
