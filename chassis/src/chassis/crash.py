"""Named places where the fault tests kill this process with SIGKILL. Dead unless LIENTHONG_CRASH_AT names one."""

import os
import signal

_ARMED = os.environ.get("LIENTHONG_CRASH_AT")

POINTS = frozenset(
    {
        "relay.before_publish",
        "relay.after_confirm",
        "consumer.after_commit",
        "router.after_commit",
        "distributor.after_confirm",
        "log.after_commit",
        "seal.after_append",
        "replay.after_deliver",
        "documents.after_send",
        "documents.after_take",
        "ministry.after_push",
        "ministry.after_poll",
        "portal.after_push",
        "national_payment.after_settle",
        "fan_out.after_commit",
        "webhook.after_claim",
        "webhook.after_send",
    }
)

if _ARMED is not None and _ARMED not in POINTS:
    raise ValueError(f"LIENTHONG_CRASH_AT names no crash point: {_ARMED}")


def crash_point(name: str) -> None:
    """Die here, at once and without clean-up, if this point is armed."""
    if name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
