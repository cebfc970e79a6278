"""Tờ khai: a form made safe to keep and held against its JSON Schema. Every fault is given at its JSON pointer; no I/O."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError, ValidationErrorKind

from chassis.problems import FieldError, Text
from chassis.text import holds_unseen

MOST_DEPTH = 32
MOST_FAULTS = 500
"""More faults than this are not told: a megabyte of wrong values must not come back as a hundred megabytes."""

# Keyword of JSON Schema → what is said. `{}` takes the keyword's own value, which the catalogue published.
_MESSAGES: dict[str, Text] = {
    "required": Text("Thiếu thông tin bắt buộc", "Required"),
    "dependentRequired": Text("Thiếu thông tin bắt buộc", "Required"),
    "additionalProperties": Text("Trường không có trong tờ khai", "The form has no such field"),
    "unevaluatedProperties": Text("Trường không có trong tờ khai", "The form has no such field"),
    "type": Text("Sai kiểu dữ liệu", "Wrong type of value"),
    "enum": Text("Không thuộc danh mục cho phép", "Not one of the allowed values"),
    "const": Text("Phải là {}", "Must be {}"),
    "format": Text("Sai định dạng ({})", "Not a valid {}"),
    "pattern": Text("Sai định dạng", "Does not match the format"),
    "minLength": Text("Cần ít nhất {} ký tự", "At least {} characters"),
    "maxLength": Text("Nhiều nhất {} ký tự", "At most {} characters"),
    "minimum": Text("Không được nhỏ hơn {}", "Not less than {}"),
    "maximum": Text("Không được lớn hơn {}", "Not more than {}"),
    "exclusiveMinimum": Text("Phải lớn hơn {}", "Must be more than {}"),
    "exclusiveMaximum": Text("Phải nhỏ hơn {}", "Must be less than {}"),
    "multipleOf": Text("Phải là bội của {}", "Must be a multiple of {}"),
    "minItems": Text("Cần ít nhất {} mục", "At least {} items"),
    "maxItems": Text("Nhiều nhất {} mục", "At most {} items"),
    "uniqueItems": Text("Các mục không được trùng nhau", "Items must differ"),
    "minProperties": Text("Cần ít nhất {} trường", "At least {} fields"),
    "maxProperties": Text("Nhiều nhất {} trường", "At most {} fields"),
    "anyOf": Text("Không khớp với phương án nào", "Matches none of the choices"),
    "oneOf": Text("Phải khớp với đúng một phương án", "Must match exactly one of the choices"),
    "not": Text("Giá trị không được phép", "Not allowed"),
    "falseSchema": Text("Giá trị không được phép", "Not allowed"),
}
_OTHERWISE = Text("Giá trị không hợp lệ", "Not valid")

_CONTROL = Text("Không được chứa ký tự điều khiển, ký tự ẩn", "Control and invisible characters are not allowed")
_TOO_DEEP = Text(f"Lồng nhau quá {MOST_DEPTH} cấp", f"Nested deeper than {MOST_DEPTH} levels")
_NOT_A_NUMBER = Text("Không phải số hữu hạn", "Not a finite number")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def compiled(schema: dict[str, Any]) -> Draft202012Validator:
    """A schema made ready. Raises ValueError for one that is none, or that would have to be fetched from elsewhere.

    Patterns run on a regex engine in linear time: no pattern and text together can hold the process up.
    """
    return Draft202012Validator(schema, validate_formats=True, offline=True, pattern_options=RegexOptions())


def cleaned(form: dict[str, Any], faults: list[FieldError], root: str = "/form") -> dict[str, Any]:
    """The form with every text in NFC. What may not be kept (control characters, NaN, too deep) is added to `faults`.

    `root`: where in the body that was sent it stands.
    """
    clean: dict[str, Any] = _clean(form, root, 1, faults)
    return clean


def _clean(value: Any, pointer: str, depth: int, faults: list[FieldError]) -> Any:
    if isinstance(value, str):
        return _clean_text(value, pointer, faults)
    if isinstance(value, float) and not math.isfinite(value):
        faults.append(FieldError(pointer, "finite", _NOT_A_NUMBER))
    if not isinstance(value, dict | list):
        return value
    if depth > MOST_DEPTH:
        faults.append(FieldError(pointer, "depth", _TOO_DEEP))
        return None
    if isinstance(value, list):
        return [_clean(item, f"{pointer}/{place}", depth + 1, faults) for place, item in enumerate(value)]
    return {
        _clean_text(name, pointer, faults): _clean(item, f"{pointer}/{escaped(name)}", depth + 1, faults)
        for name, item in value.items()
    }


def _clean_text(text: str, pointer: str, faults: list[FieldError]) -> str:
    if holds_unseen(text):
        faults.append(FieldError(pointer, "control-characters", _CONTROL))
        return ""
    return unicodedata.normalize("NFC", text)


def schema_faults(validator: Draft202012Validator, form: dict[str, Any]) -> Iterator[FieldError]:
    """Every way in which the form breaks its schema, each where the applicant would mend it."""
    if validator.is_valid(form):
        return
    for error in validator.iter_errors(form):
        yield from _faults_of(error)


def _faults_of(error: ValidationError) -> Iterator[FieldError]:
    keyword = error.kind.name
    pointer = "/form" + "".join(f"/{escaped(str(part))}" for part in error.instance_path)
    message = _MESSAGES.get(keyword, _OTHERWISE)
    match error.kind:
        case ValidationErrorKind.Required(property=name):
            yield FieldError(f"{pointer}/{escaped(name)}", keyword, message)
        case (
            ValidationErrorKind.AdditionalProperties(unexpected=names)
            | ValidationErrorKind.UnevaluatedProperties(unexpected=names)
        ):
            for name in names:
                yield FieldError(f"{pointer}/{escaped(name)}", keyword, message)
        case kind:
            said = kind.value
            yield FieldError(pointer, keyword, Text(message.vi.format(said), message.en.format(said)))


def escaped(name: str) -> str:
    """A property's name as a token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def day_at(form: Mapping[str, Any], pointer: str) -> date | None:
    """The day at a JSON pointer of the form; None if there is none. Raises ValueError for what is not a day."""
    value: Any = form
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    if value is None:
        return None
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise ValueError("not a day")
    return date.fromisoformat(value)
