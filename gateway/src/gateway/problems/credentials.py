"""What goes wrong with subsystems' credentials."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class CredentialNotFound(NotFound):
    """404: there is no such credential, or it is another subsystem's."""

    slug = "credential-not-found"
    title = Text("Không có thông tin xác thực này", "No such credential")


class ClientNotFound(NotFound):
    """404: no subsystem has that client id."""

    slug = "client-not-found"
    title = Text("Không có hệ thống nào mang mã client này", "No subsystem has this client id")


class CredentialUnusable(InvalidPayload):
    """422: what was given is no public key or certificate that the gateway can check with."""

    slug = "credential-unusable"
    title = Text("Khóa hoặc chứng thư không dùng được", "Not a usable key or certificate")


class CredentialTaken(Conflict):
    """409: this key or certificate was registered before, perhaps for another subsystem; one taken back stays so."""

    slug = "credential-taken"
    title = Text("Khóa hoặc chứng thư này đã được đăng ký", "This key or certificate is registered already")


class LastCredential(Conflict):
    """409: without it the subsystem could no longer prove itself. Add another first, or say `last=true`."""

    slug = "last-credential"
    title = Text("Đây là thông tin xác thực cuối cùng còn hiệu lực", "This is the last valid credential")


class TooManyCredentials(Conflict):
    """409: the subsystem has as many valid credentials as it may have. Context carries `most`."""

    slug = "too-many-credentials"
    title = Text("Đã đủ số thông tin xác thực được phép", "As many credentials as a subsystem may have")
