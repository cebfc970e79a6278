"""What goes wrong with agencies' subscriptions to events."""

from chassis.problems import Conflict, Forbidden, InvalidPayload, NotFound, Text


class SubscriptionNotFound(NotFound):
    """404: no such subscription, or it is another agency's."""

    slug = "subscription-not-found"
    title = Text("Không tìm thấy đăng ký nhận sự kiện", "No such subscription")


class DeliveryNotFound(NotFound):
    """404: that event was not (or is no longer) among the subscription's deliveries."""

    slug = "delivery-not-found"
    title = Text("Không tìm thấy lượt gửi sự kiện", "No such delivery")


class SubscriberNotRegistered(Forbidden):
    """403: the client is not an approved subsystem of this gateway."""

    slug = "subscriber-not-registered"
    title = Text("Hệ thống chưa được kết nối hoặc đang tạm dừng", "Not an approved subsystem of this gateway")


class EventsNotGranted(Forbidden):
    """403: no right to hear any of the subscription's events is in force today."""

    slug = "events-not-granted"
    title = Text("Không còn quyền nhận các sự kiện này", "No right to these events is in force")


class SubscriptionStateConflict(Conflict):
    """409: that step is not possible in the subscription's state. Context carries `state` and `allowed`."""

    slug = "subscription-state-conflict"
    title = Text("Trạng thái đăng ký không cho phép", "The subscription's state does not allow it")


class SubscriptionsTooMany(Conflict):
    """409: the client has as many subscriptions as it may have. Context carries `most`."""

    slug = "subscriptions-too-many"
    title = Text("Đã đủ số đăng ký được phép", "As many subscriptions as a client may have")


class SubscriptionModeConflict(Conflict):
    """409: only for subscriptions of the other mode (push or pull). Context carries `mode`."""

    slug = "subscription-mode-conflict"
    title = Text("Không áp dụng cho hình thức nhận này", "Not for this mode of subscription")


class DeliveryStateConflict(Conflict):
    """409: a delivery that is settled cannot be retried or skipped. Context carries `state`."""

    slug = "delivery-state-conflict"
    title = Text("Lượt gửi đã kết thúc", "The delivery is settled")


class EventTypeUnknown(InvalidPayload):
    """422: the subscription names an event type that does not exist."""

    slug = "subscription-type-unknown"
    title = Text("Loại sự kiện không tồn tại", "No such event type")


class WebhookAddressRefused(InvalidPayload):
    """422: this gateway does not call that address. Context carries the `rule` it breaks."""

    slug = "webhook-address-refused"
    title = Text("Địa chỉ nhận không được phép", "The webhook's address is not allowed")


class PositionBeyondLedger(InvalidPayload):
    """422: the ledger does not go that far. Context carries its `size`."""

    slug = "position-beyond-ledger"
    title = Text("Vị trí vượt ngoài sổ cái", "Beyond the end of the ledger")
