"""Whether a client may make a call: grants held against client, service, method, path and day. Deny by default. Pure.

A path glob is matched segment by segment, without regular expressions: its cost is bounded by the lengths, whatever an
operator writes or a caller sends.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from gateway.domain.partners import Grant, Registry, ServiceId, Subsystem

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
MOST_GLOB = 500
_ONE, _ANY = "*", "**"


class BadGlob(ValueError):
    """Not a path glob. `vi` and `en` say which rule it breaks, for whoever makes the grant."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


def grant_for(
    registry: Registry, client: Subsystem, service: ServiceId, method: str, path: str, today: date
) -> Grant | None:
    """The grant that covers this call, or None: then it is denied. Of several the one that shows the most fields.

    `path` is what follows the service in the address, decoded and normalised (see gateway.exchange.address), without a
    leading slash; empty where nothing follows. `today` is the Hanoi day. A method is compared as it came: HTTP's are
    case-sensitive, and grants hold them in capitals.
    """
    return _widest(
        grant
        for grant in registry.grants.get(service, ())
        if is_for(grant, client) and in_force(grant, today) and _covers(grant, method, path)
    )


def in_force(grant: Grant, day: date) -> bool:
    """Whether the grant counts on that Hanoi day; its last day counts."""
    return grant.valid_from <= day and (grant.valid_to is None or day <= grant.valid_to)


def checked_glob(glob: str) -> str:
    """The glob as it is kept, without slashes at its ends; empty: the service's own address alone. Raises BadGlob."""
    if len(glob) > MOST_GLOB:
        raise BadGlob(f"Mẫu đường dẫn dài hơn {MOST_GLOB} ký tự", f"A path glob has at most {MOST_GLOB} characters")
    if any(char in "\\%?#" or not char.isprintable() for char in glob):
        raise BadGlob(
            "Mẫu đường dẫn so với đường dẫn đã giải mã: không dùng %, \\, ?, # hay ký tự điều khiển",
            "A path glob is held against decoded paths: no %, backslash, ?, # or control character",
        )
    kept = glob.strip("/")
    for segment in kept.split("/") if kept else ():
        if segment in ("", ".", ".."):
            raise BadGlob(
                "Mẫu đường dẫn không có đoạn rỗng, '.' hay '..'", "No segment of a path glob is empty, '.' or '..'"
            )
        if "*" in segment and segment not in (_ONE, _ANY):
            raise BadGlob(
                "'*' (một đoạn) và '**' (số đoạn bất kỳ) phải đứng một mình trong đoạn",
                "'*' (one segment) and '**' (any number) stand alone in a segment",
            )
    return kept


def checked_method(method: str) -> str | None:
    """A method as grants hold it; None for one that HTTP does not have here."""
    upper = method.upper()
    return upper if upper in METHODS else None


def path_matches(glob: str, path: str) -> bool:
    """Whether a path glob covers a path: `*` is one segment, `**` any number of them, none included."""
    wanted, given = _segments(glob), path.split("/") if path else []
    at, back_to, tried = 0, None, 0
    position = 0
    while position < len(given):
        if at < len(wanted) and wanted[at] == _ANY:
            back_to, tried, at = at, position, at + 1
        elif at < len(wanted) and (wanted[at] == given[position] or (wanted[at] == _ONE and given[position])):
            at, position = at + 1, position + 1
        elif back_to is not None:  # the last `**` takes one segment more
            tried += 1
            at, position = back_to + 1, tried
        else:
            return False
    return all(segment == _ANY for segment in wanted[at:])


@lru_cache(maxsize=4096)
def _segments(glob: str) -> tuple[str, ...]:
    kept = glob.strip("/")
    return tuple(kept.split("/")) if kept else ()


def is_for(grant: Grant, client: Subsystem) -> bool:
    """Whether the grant is given to this subsystem, or to a group it is in."""
    return grant.subsystem == client.id or (grant.group is not None and grant.group in client.groups)


def _covers(grant: Grant, method: str, path: str) -> bool:
    if grant.method is not None and grant.method != method:
        return False
    return grant.path is None or path_matches(grant.path, path)


def _widest(grants: Iterable[Grant]) -> Grant | None:
    widest: Grant | None = None
    for grant in grants:
        if grant.fields is None:
            return grant
        if widest is None or len(grant.fields) > len(widest.fields or ()):
            widest = grant
    return widest
