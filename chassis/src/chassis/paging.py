"""Keyset paging: a list goes on from the last row seen, by an opaque cursor. No offset, no count, anywhere."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis.problems import BadRequest, FieldError, Text

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=200, description="Most items to return")]
Cursor = Annotated[str | None, Query(max_length=500, description="`nextCursor` of the page before")]


class Page(BaseModel, Generic[Item]):
    """One page of a list. `nextCursor` is absent on the last one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    items: list[Item]
    next_cursor: str | None = None


def encode_cursor(key: Sequence[Any]) -> str:
    """The sort key of the last row, as an opaque string."""
    return (
        base64.urlsafe_b64encode(json.dumps(list(key), default=str, separators=(",", ":")).encode())
        .decode()
        .rstrip("=")
    )


def decode_cursor(
    cursor: str | None, parts: int, read: Sequence[Callable[[Any], Any]] | None = None
) -> list[Any] | None:
    """The sort key a cursor holds, `parts` long; raises BadRequest if it is not one of ours.

    A cursor comes back from a caller, so its parts may be anything: `read` turns each into what the query needs
    (`(datetime.fromisoformat, UUID)`), and what it cannot turn is refused.
    """
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(key, list) and len(key) == parts and read is not None:
            key = [turn(part) for turn, part in zip(read, key, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(map(_storable, key)):
        raise BadRequest(
            Text("Con trỏ trang không hợp lệ", "Not a cursor of this list"),
            errors=[FieldError("query:cursor", "cursor", Text("Không hợp lệ", "Not valid"))],
        )
    return key


def _storable(part: Any) -> bool:
    """Whether a database could compare with it at all: no nested JSON, no NUL, no number beyond bigint."""
    if isinstance(part, str):
        return part.isprintable()
    if isinstance(part, int):
        return -(2**63) <= part < 2**63
    return not isinstance(part, (list, dict, float))


def page_of(
    rows: Sequence[Any], limit: int, key: Callable[[Any], Sequence[Any]], item: Callable[[Any], Item]
) -> Page[Item]:
    """A page from up to `limit + 1` rows: the extra row only tells that there is more."""
    more = len(rows) > limit
    shown = rows[:limit]
    return Page[Item](items=[item(row) for row in shown], next_cursor=encode_cursor(key(shown[-1])) if more else None)
