"""What goes wrong with event types of agencies, and with events that they publish."""

from chassis.problems import Conflict, Forbidden, InvalidPayload, NotFound, Problem, Text


class EventTypeNotFound(NotFound):
    """404: no event type has that name."""

    slug = "event-type-not-found"
    title = Text("Không có loại sự kiện này", "No such event type")


class EventTypeNameNotAllowed(InvalidPayload):
    """422: the name is not reverse DNS with a version at its end, or is one of the city's."""

    slug = "event-type-name-not-allowed"
    title = Text("Tên loại sự kiện không hợp lệ", "Not a name for an event type")


class EventSchemaUnusable(InvalidPayload):
    """422: the schema is not one that events can be held against."""

    slug = "event-schema-unusable"
    title = Text("Lược đồ sự kiện không dùng được", "The schema cannot be used")


class EventTypeExists(Conflict):
    """409: the type is registered. What it means does not change: what is new gets a new version."""

    slug = "event-type-exists"
    title = Text("Loại sự kiện đã được đăng ký", "The event type is registered already")


class EventTypeStateConflict(Conflict):
    """409: this cannot be done in the type's present state. Context carries the `state`."""

    slug = "event-type-state-conflict"
    title = Text("Không thực hiện được ở trạng thái này", "Not possible in this state")


class PublisherNotRegistered(Forbidden):
    """403: the caller is no approved subsystem."""

    slug = "publisher-not-registered"
    title = Text("Hệ thống chưa được đăng ký", "The caller is no approved subsystem")


class EventSignatureWrong(Problem):
    """401: the events are not signed by a key that is registered for the caller and valid now."""

    status = 401
    slug = "event-signature-wrong"
    title = Text("Chữ ký của sự kiện không hợp lệ", "The events are not signed as they must be")


class EventsRefused(InvalidPayload):
    """422: at least one event of the batch may not enter; none did. `errors` say which and why."""

    slug = "events-refused"
    title = Text("Sự kiện bị từ chối", "The events were refused")


class EventIdReused(Conflict):
    """409: an id was used before for another event. None of the batch entered."""

    slug = "event-id-reused"
    title = Text("Mã sự kiện đã dùng cho sự kiện khác", "An event's id was used for another event")
