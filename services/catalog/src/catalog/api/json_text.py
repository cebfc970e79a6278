"""The text of a JSON body, made clean wherever it stands, with every fault at its pointer. It knows no field by name."""

import math
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chassis.problems import FieldError, InvalidPayload, Text
from chassis.text import CleanText

DEEPEST = 40
"""How deep JSON may be nested: no form needs it, and what checks and compares forms goes down as deep as they go."""

_MOST = 100
_clean_text = TypeAdapter(CleanText)
_UNSEEN = Text("Không được chứa ký tự điều khiển, ký tự ẩn", "Control and invisible characters are not allowed")
_DEEP = Text("Lồng nhau quá sâu", "Nested too deep")
_NO_NUMBER = Text("Không phải số của JSON", "Not a number of JSON")


def cleaned(body: Any) -> Any:
    """The body with its text in NFC and trimmed. Raises InvalidPayload with every fault, at most a hundred.

    Not a ValueError, which pydantic would report as a fault of the whole body.
    """
    faults: list[FieldError] = []
    clean = _clean(body, "", 0, faults)
    if faults:
        raise InvalidPayload(errors=faults[:_MOST])
    return clean


def _clean(value: Any, pointer: str, depth: int, faults: list[FieldError]) -> Any:
    if depth > DEEPEST:
        faults.append(FieldError(pointer, "depth", _DEEP))
    elif isinstance(value, str):
        return _text(value, pointer, faults)
    elif isinstance(value, list):
        return [_clean(item, f"{pointer}/{index}", depth + 1, faults) for index, item in enumerate(value)]
    elif isinstance(value, dict):
        found = {}
        for name, item in value.items():
            at = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
            found[_text(name, at, faults)] = _clean(item, at, depth + 1, faults)
        return found
    elif isinstance(value, float) and not math.isfinite(value):
        faults.append(FieldError(pointer, "number", _NO_NUMBER))
    return value


def _text(text: str, pointer: str, faults: list[FieldError]) -> str:
    try:
        return _clean_text.validate_python(text)
    except ValidationError:  # a character that nobody sees, or half a surrogate pair
        faults.append(FieldError(pointer, "text", _UNSEEN))
        return ""
