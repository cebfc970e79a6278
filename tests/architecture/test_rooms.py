"""Every room is built the same way: its files, their length and first words, its settings, its problems, its pure domain."""

import ast
import re
from pathlib import Path

import pytest

from chassis.settings import Settings
from contracts.registry import SERVICES
from sandbox.contracts_files.rooms import owners, problems_of, service_of
from tests.architecture.house import ROOT, calls_in, home_of, modules, place, source_of, sources, tree_of

every_service = pytest.mark.parametrize("service", SERVICES)
every_source = pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)

LONGEST = 450
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}
CHANCE_AND_CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic",
    "uuid1", "uuid4", "uuid7", "new_id", "token_hex", "token_urlsafe", "token_bytes", "SystemRandom", "SystemClock",
}  # fmt: skip
SECRET = re.compile(r"(secret|password|token|key)$")


@every_service
def test_every_service_has_the_files_of_the_house(service: str) -> None:
    package = source_of(service)
    wanted = [
        home_of(service) / "README.md",
        package / "app.py",
        package / "py.typed",
        package / "migrations/__init__.py",
        package / "migrations/env.py",
        package / "migrations/script.py.mako",
    ]
    assert [place(file) for file in wanted if not file.is_file()] == []
    for room in ("api", "handlers", "problems"):
        assert (package / f"{room}.py").is_file() or (package / room).is_dir(), f"{service} has no {room}"
    assert (package / "domain").is_dir()
    assert modules(home_of(service) / "tests") != []


@every_service
def test_every_migration_has_a_number_and_follows_the_one_before(service: str) -> None:
    scripts = [file for file in modules(source_of(service) / "migrations/versions") if file.name != "__init__.py"]
    assert [file.name[:4] for file in scripts] == [f"{number:04d}" for number in range(1, len(scripts) + 1)]
    assert scripts != []


@every_source
def test_every_module_says_what_it_is_for(source: Path) -> None:
    mute = [
        place(file)
        for file in modules(source)
        if ast.get_docstring(tree_of(file)) is None
        and not (file.name == "__init__.py" and not file.read_text().strip())
    ]
    assert mute == []


@every_source
def test_no_module_grew_past_a_room(source: Path) -> None:
    lengths = {place(file): len(file.read_text(encoding="utf-8").splitlines()) for file in modules(source)}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST} == {}


@every_source
def test_no_module_has_a_name_that_says_nothing(source: Path) -> None:
    assert [place(path) for path in source.rglob("*") if path.stem in FORBIDDEN_NAMES] == []


@every_service
def test_a_domain_is_given_its_clock_and_its_ids(service: str) -> None:
    taken = [
        f"{place(file)}: {call}()"
        for file in modules(source_of(service) / "domain")
        for call in calls_in(file)
        if _takes_clock_or_chance(call)
    ]
    assert taken == []


def _takes_clock_or_chance(call: str) -> bool:
    return any(call == name or call.endswith(f".{name}") for name in CHANCE_AND_CLOCKS)


@pytest.mark.parametrize("settings", ["chassis", *SERVICES])
def test_every_setting_is_described_and_in_the_page_of_settings(settings: str) -> None:
    kind = Settings if settings == "chassis" else service_of(settings).settings
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    prefix = kind.model_config.get("env_prefix", "")
    assert [name for name, field in kind.model_fields.items() if not field.description] == []
    assert [name for name in kind.model_fields if f"`{prefix}{name.upper()}`" not in page] == []


@every_service
def test_every_setting_that_holds_a_secret_keeps_it(service: str) -> None:
    kind = service_of(service).settings
    told = [
        name
        for name, field in kind.model_fields.items()
        if SECRET.search(name) and "SecretStr" not in str(field.annotation)
    ]
    assert told == []


@every_service
def test_every_setting_has_a_default_that_starts(service: str) -> None:
    assert [name for name, field in service_of(service).settings.model_fields.items() if field.is_required()] == []


@pytest.mark.parametrize("owner", owners())
def test_every_problem_has_a_slug_of_its_own_and_words_in_both_languages(owner: str) -> None:
    kinds = [found.kind for found in problems_of(owner)]
    slugs = [kind.slug for kind in kinds]
    assert sorted(set(slugs)) == slugs
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)] == []
    assert [kind.slug for kind in kinds if not (kind.title.vi and kind.title.en and kind.__doc__)] == []
    assert [kind.slug for kind in kinds if kind.title.vi == kind.title.en] == []


def test_a_problem_of_a_service_takes_no_slug_of_the_house() -> None:
    house = {found.kind.slug for found in problems_of("chassis")}
    assert {service: [f.kind.slug for f in problems_of(service) if f.kind.slug in house] for service in SERVICES} == {
        service: [] for service in SERVICES
    }


# That the test of domains sees what it looks for.


def test_clocks_and_chance_are_seen_however_they_are_called(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("from uuid import uuid4\nat = datetime.datetime.now(UTC)\nit = uuid4()\nfine = clock.now()\n")
    taken = [call for call in calls_in(module) if _takes_clock_or_chance(call)]
    assert taken == ["datetime.datetime.now", "uuid4"]
