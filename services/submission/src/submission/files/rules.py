"""The file types that are taken and the usual bounds (data/file_types.json), read once. It looks into no file."""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from submission.domain.attachment import Bounds


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that is taken. `extensions`: the endings a name may have; the first is given to a name without one."""

    media_type: str
    extensions: tuple[str, ...]
    also_called: tuple[str, ...] = ()


_DATA: dict[str, Any] = json.loads((resources.files("submission.data") / "file_types.json").read_text(encoding="utf-8"))

FILE_TYPES = {
    row["mediaType"]: FileType(row["mediaType"], tuple(row["extensions"]), tuple(row.get("alsoCalled", ())))
    for row in _DATA["types"]
}
BOUNDS = Bounds(_DATA["bounds"]["componentFiles"], _DATA["bounds"]["dossierFiles"])


def type_called(name: str) -> FileType | None:
    """The type that a declared media type means, parameters and old names aside; None if it is none of ours."""
    bare = name.partition(";")[0].strip().lower()
    return next((kind for kind in FILE_TYPES.values() if bare == kind.media_type or bare in kind.also_called), None)
