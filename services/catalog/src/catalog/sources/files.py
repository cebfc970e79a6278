"""Reads the package's data files. It knows no file by name and judges no content."""

import json
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from pydantic import ConfigDict

from contracts.event import Part

DATA = resources.files("catalog") / "data"


class Row(Part):
    """Part of a data file: a key that is not known is a mistake in the file."""

    model_config = ConfigDict(extra="forbid")


def read_yaml(*path: str) -> Any:
    return yaml.safe_load(_file(*path).read_text(encoding="utf-8"))


def read_json(*path: str) -> Any:
    return json.loads(_file(*path).read_text(encoding="utf-8"))


def names(folder: str) -> list[str]:
    """The files of a folder of the data, in order of their names."""
    return sorted(entry.name for entry in (DATA / folder).iterdir() if entry.is_file())


def _file(*path: str) -> Traversable:
    return DATA.joinpath(*path)
