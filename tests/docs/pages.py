"""Reads the Markdown of the house for the tests beside it: pages, links, anchors, fenced blocks. It judges nothing."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_NOT_OURS = {"node_modules", "site-packages"}
_PLACES = (
    "",
    "contracts/src",
    "chassis/src",
    "gateway/src",
    "deploy/sandbox/src",
    *(f"services/{name}/src" for name in ("catalog", "submission", "civil-registry", "payment", "reporting")),
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w-]*)")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_ANCHOR = re.compile(r"""<a\s+(?:id|name)=["']([^"']+)["']""")
_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")


@dataclass(frozen=True)
class Link:
    """A link as written: on which line, to which file (empty: the same page), and to which anchor of it."""

    line: int
    path: str
    anchor: str


@dataclass(frozen=True)
class Fence:
    """A fenced block: the line its text begins on, its language, its lines."""

    line: int
    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One Markdown file, its fenced blocks apart from the rest."""

    file: Path
    prose: tuple[tuple[int, str], ...]
    fences: tuple[Fence, ...]

    def __str__(self) -> str:
        return self.file.relative_to(ROOT).as_posix()

    def links(self) -> Iterator[Link]:
        """Every link to a place in the repository; those to the world outside are left out."""
        for number, line in self.prose:
            for target in _LINK.findall(_CODE.sub("", line)):
                if not re.match(r"[a-z][a-z0-9+.-]*:", target):
                    path, _, anchor = target.partition("#")
                    yield Link(number, path, anchor)

    def anchors(self) -> set[str]:
        """What a link into this page may name, as GitHub makes it of the headings."""
        found: dict[str, int] = {}
        names = set()
        for _, line in self.prose:
            names.update(_ANCHOR.findall(line))
            if heading := _HEADING.match(line):
                slug = slug_of(heading.group(1))
                seen = found.get(slug, 0)
                found[slug] = seen + 1
                names.add(f"{slug}-{seen}" if seen else slug)
        return names


def slug_of(heading: str) -> str:
    """The anchor of a heading: its letters and digits, small, spaces as hyphens."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    kept = (char for char in text if char in " -_" or unicodedata.category(char)[0] in "LNM")
    return "".join(kept).replace(" ", "-")


def page_of(file: Path) -> Page:
    """The file, taken apart."""
    prose: list[tuple[int, str]] = []
    fences: list[Fence] = []
    opened: tuple[str, str, int] | None = None
    block: list[str] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            opened, block = (fence.group(1), fence.group(2), number + 1), []
        elif opened is None:
            prose.append((number, line))
        elif fence and fence.group(1).startswith(opened[0]) and not fence.group(2):
            fences.append(Fence(opened[2], opened[1], tuple(block)))
            opened = None
        else:
            block.append(line)
    return Page(file, tuple(prose), tuple(fences))


def pages() -> list[Page]:
    """Every Markdown file that is ours: none of a hidden folder, none of a package that was installed."""
    files = (
        file
        for file in ROOT.rglob("*.md")
        if not any(part.startswith(".") or part in _NOT_OURS for part in file.relative_to(ROOT).parts[:-1])
    )
    return [page_of(file) for file in sorted(files)]


def files_named(text: str) -> list[str]:
    """The files of ours that a text names in backticks by a path, as in `payment/domain/fees.py`."""
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|yaml|json))`", text)
    return [place for place in named if not place.startswith("/")]


def exists(place: str) -> bool:
    """Whether there is such a file, seen from the root or from inside a package."""
    return any((ROOT / above / place).is_file() for above in _PLACES)
