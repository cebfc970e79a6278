"""One webhook call as it goes out: the minimised event, signed. And what an answer to it means. Pure; it sends nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from standardwebhooks import Webhook

from contracts.envelope import CONTENT_TYPE
from gateway.delivery.open_fields import open_fields
from gateway.delivery.outward_client import Answer
from gateway.delivery.store import Claimed, Settled
from gateway.domain.minimise import minimised_bytes, view_of
from gateway.domain.partners import Registry
from gateway.domain.subscription import Approval, rights

# A client that is not approved today may be again tomorrow: its events wait, and are looked at this often.
INACTIVE_PAUSE_SECONDS = 60
_LONGEST_HOLD_SECONDS = 86_400

GONE = "http-410"
NOT_GRANTED = "not-granted"
ERASED = "erased"
CLIENT_NOT_ACTIVE = "client-not-active"


@dataclass(frozen=True)
class Outgoing:
    """What is sent."""

    body: bytes
    headers: dict[str, str]


def shown(
    registry: Registry, client_id: str, event_type: str, body: bytes, today: date, approval: Approval | None
) -> dict[str, Any] | None:
    """An event as this client may see it today; None where it may not see it at all."""
    client = registry.active_client(client_id)
    held = rights(registry, client, event_type, today, approval) if client is not None else None
    return minimised_bytes(body, view_of(held, open_fields(event_type))) if held is not None else None


def prepared(claimed: Claimed, registry: Registry, today: date, now: datetime) -> Outgoing | Settled:
    """The call to make, or why none is made. `now` is the machine's time: a receiver holds the signature against its own."""
    subscription = claimed.subscription
    if registry.active_client(subscription.client_id) is None:
        return Settled(
            claimed, "waiting", error=CLIENT_NOT_ACTIVE, pause=INACTIVE_PAUSE_SECONDS, called=False, counts=False
        )
    if claimed.body is None:
        return Settled(claimed, "skipped", error=ERASED, called=False)
    event = shown(registry, subscription.client_id, claimed.type, claimed.body, today, subscription.approval)
    if event is None:
        return Settled(claimed, "skipped", error=NOT_GRANTED, called=False)
    old = subscription.old_secret if claimed.old_secret_signs else None
    return signed(str(claimed.event_id), event, [secret for secret in (subscription.secret, old) if secret], now)


def signed(message_id: str, event: dict[str, Any], secrets: Sequence[str], now: datetime) -> Outgoing:
    """By Standard Webhooks: a signature for each secret, so that a receiver may hold the old one or the new."""
    body = json.dumps(event, separators=(",", ":"))
    at = now.astimezone(UTC)
    return Outgoing(
        body.encode(),
        {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": "lienthong-webhooks/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets),
        },
    )


def judged(claimed: Claimed, answer: Answer, delays: Sequence[float], now: datetime) -> Settled:
    """What an answer means: 2xx delivered, 410 gone, 429 and 503 may name their time, all else to be tried again."""
    if 200 <= answer.status < 300:
        return Settled(claimed, "delivered", status=answer.status)
    reason = f"http-{answer.status}"
    if answer.status == 410:
        return Settled(claimed, "waiting", status=answer.status, error=GONE, counts=False)
    hold = _seconds_asked(answer.retry_after, now) if answer.status in (429, 503) else 0.0
    return failed(claimed, reason, delays, status=answer.status, hold=hold)


def failed(
    claimed: Claimed, reason: str, delays: Sequence[float], *, status: int | None = None, hold: float = 0
) -> Settled:
    """It did not arrive: again after a while, and after the last of the schedule no more."""
    if claimed.attempts > len(delays):
        return Settled(claimed, "failed", status=status, error=reason, hold=hold)
    pause = max(delays[claimed.attempts - 1], hold)
    return Settled(claimed, "waiting", status=status, error=reason, pause=pause, hold=hold)


def _seconds_asked(retry_after: str | None, now: datetime) -> float:
    """Retry-After in either of its forms; 0 where there is none that can be read."""
    if retry_after is None or len(retry_after) > 40:
        return 0.0
    if retry_after.isascii() and retry_after.isdigit():
        seconds = float(retry_after)
    else:
        try:
            at = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            return 0.0
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return min(max(seconds, 0.0), _LONGEST_HOLD_SECONDS)
