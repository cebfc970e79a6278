"""What goes wrong where tokens are given out, and where they are taken back."""

from chassis.problems import Forbidden, Problem, Text, Unauthorized, Unavailable


class TokensUnavailable(Unavailable):
    """503: this installation has no key to sign tokens with."""

    slug = "tokens-unavailable"
    title = Text("Nơi này chưa cấp token", "This installation gives out no tokens")


class TokenTakenBack(Unauthorized):
    """401: the token was revoked, its subsystem suspended, or it comes without the certificate it is bound to."""

    slug = "token-taken-back"
    title = Text("Token đã bị thu hồi hoặc không đi cùng chứng thư của nó", "Taken back, or without its certificate")


class WrongCredentials(Unauthorized):
    """401: AppName, AccessKey, SecretKey and PartnerCode do not belong together, or are not known."""

    slug = "wrong-credentials"
    title = Text("Thông tin xác thực không đúng", "Wrong credentials")


class SubsystemNotActive(Forbidden):
    """403: the subsystem, or its agency, is not approved to connect, or no longer."""

    slug = "subsystem-not-active"
    title = Text("Hệ thống chưa được phép kết nối hoặc đã bị tạm dừng", "The subsystem is not approved to connect")


class OverQuota(Problem):
    """429: more calls than were agreed. `Retry-After` says when there may be another."""

    status = 429
    slug = "over-quota"
    title = Text("Vượt hạn mức gọi", "Over the quota")
