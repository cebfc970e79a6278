"""Every link in our Markdown leads somewhere, every file and command that it names exists. Nothing outside is fetched."""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer

from chassis.cli import parked_app
from tests.docs.pages import ROOT, Page, exists, files_named, page_of, pages

PAGES = pages()
_SHELLS = {"sh", "bash", "console"}
# A command begins a line, or follows what joins commands; a word that only holds the name (an option's value) is none.
_COMMAND = re.compile(r"(?:^|[;&|(`]|\$\()\s*(?:\S*/)?lienthong\b([^;&|)`\n]*)")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_relative_link_leads_to_a_file_and_an_anchor_that_exist(page: Page) -> None:
    broken = []
    for link in page.links():
        target = (page.file.parent / link.path).resolve() if link.path else page.file
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(f"{page}:{link.line}: no {link.path}")
        elif link.anchor and target.suffix == ".md" and link.anchor not in page_of(target).anchors():
            broken.append(f"{page}:{link.line}: no heading #{link.anchor} in {link.path or page}")
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_subcommand_of_lienthong_that_is_shown_exists(page: Page) -> None:
    tree = _commands()
    unknown = [
        f"{page}:{line}: lienthong {' '.join(words)}" for line, words in _shown(page) if not _exists(words, tree)
    ]
    assert not unknown


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_that_is_shown_exists(page: Page) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {
        (fence.line + place, target)
        for fence in page.fences
        if fence.language in _SHELLS
        for place, line in enumerate(fence.lines)
        for target in re.findall(r"^\s*make ([a-z-]+)", line)
    }
    assert not [f"{page}:{line}: make {target}" for line, target in shown if target not in targets]


@pytest.mark.parametrize("name", ["architecture.md", "rules.md", "glossary.md", "subscribing.md", "filing.md"])
def test_every_file_that_a_guide_names_exists(name: str) -> None:
    page = page_of(ROOT / "docs" / name)
    named = {place for _, line in page.prose for place in files_named(line)}
    assert sorted(place for place in named if not exists(place)) == []


def test_broken_links_and_unknown_commands_are_found(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(
        "# Tiếng Việt, `mã`\n[a](nowhere.md) [b](#tiếng-việt-mã) [c](https://example.org) `[d](code.md)`\n"
        "```sh\nTOKEN=$(.venv/bin/lienthong token citizen)\nlienthong no-such --x\n```\n",
        encoding="utf-8",
    )
    page = page_of(file)
    assert [(link.path, link.anchor) for link in page.links()] == [("nowhere.md", ""), ("", "tiếng-việt-mã")]
    assert page.anchors() == {"tiếng-việt-mã"}
    shown = list(_shown(page))
    assert shown == [(4, ["token", "citizen"]), (5, ["no-such", "--x"])]
    assert [_exists(words, _commands()) for _, words in shown] == [True, False]


Tree = dict[str, "Tree"]


def _commands() -> Tree:
    """Every subcommand of `lienthong`, as chassis.cli puts them together."""
    found = {entry.name: entry.load() for entry in entry_points(group="lienthong.commands")} | {"parked": parked_app}
    # A plain function is a command with nothing below it.
    return {
        name: _below(typer.main.get_command(app)) if isinstance(app, typer.Typer) else {} for name, app in found.items()
    }


def _below(command: object) -> Tree:
    return {name: _below(sub) for name, sub in getattr(command, "commands", {}).items()}


def _shown(page: Page) -> Iterator[tuple[int, list[str]]]:
    """Each `lienthong …` of the page's shell blocks, with its line and the words after the name."""
    for fence in page.fences:
        if fence.language in _SHELLS:
            for place, line in enumerate(fence.lines):
                for words in _COMMAND.findall(line):
                    yield fence.line + place, _split(words)


def _split(words: str) -> list[str]:
    try:
        return shlex.split(words, comments=True)
    except ValueError:  # a quote that goes on in the next line
        return words.split()


def _exists(words: list[str], tree: Tree) -> bool:
    """Whether the words begin with a subcommand, down to where none is left to choose."""
    for word in words:
        if not tree or word.startswith("-"):
            return True
        if word not in tree:
            return False
        tree = tree[word]
    return True
