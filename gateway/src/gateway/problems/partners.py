"""What goes wrong at the registry of partners: members, subsystems, services, groups, rights."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class PartnerNotFound(NotFound):
    """404: no such member, subsystem, service or group is registered, or the caller may not know that it is."""

    slug = "partner-not-found"
    title = Text("Chưa đăng ký đối tượng này", "No such registration")


class GrantNotFound(NotFound):
    """404: no such right was ever given, or it is not the caller's."""

    slug = "grant-not-found"
    title = Text("Không có quyền truy cập này", "No such grant")


class RegistrationStateConflict(Conflict):
    """409: a registration cannot go from its state to that one. Context carries `state` and `allowed`."""

    slug = "registration-state-conflict"
    title = Text("Không chuyển được trạng thái", "The state cannot change this way")


class CodeTaken(Conflict):
    """409: a code of this member already means another one. Context carries the `code`."""

    slug = "member-code-taken"
    title = Text("Mã đã thuộc về cơ quan khác", "The code belongs to another member")


class ClientIdTaken(Conflict):
    """409: another subsystem goes by this client id, or a subsystem that has credentials would lose the one they are for."""

    slug = "client-id-taken"
    title = Text("Tên máy khách không dùng được", "The client id cannot be used")


class DeclarationRefused(InvalidPayload):
    """422: what is to be registered breaks a rule, or names what is not registered; `errors` say where."""

    slug = "declaration-refused"
    title = Text("Nội dung đăng ký không hợp lệ", "The registration is not valid")
