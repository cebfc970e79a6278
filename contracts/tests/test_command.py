"""`lienthong contracts` on a repository of its own: what it writes, what it finds, and what it holds the change against."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from sandbox.contracts_files.command import contracts

APP = typer.Typer()
APP.command()(contracts)
EVENT = "contracts/schemas/payment.fee-assessed.v1.json"


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def run(root: Path, *arguments: str, base: str | None = None) -> Result:
    return CliRunner().invoke(APP, ["--root", str(root), *arguments], env={"LIENTHONG_CONTRACTS_BASE": base})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository without contract files."""
    (tmp_path / "contracts/src").mkdir(parents=True)
    return tmp_path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with all of them written and committed."""
    root = tmp_path_factory.mktemp("template")
    (root / "contracts/src").mkdir(parents=True)
    result = run(root)
    assert result.exit_code == 0, result.output
    git(root, "init", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--message=contracts")
    return root


@pytest.fixture
def written(template: Path, tmp_path: Path) -> Path:
    """One's own copy of that."""
    return Path(shutil.copytree(template, tmp_path / "repository"))


def narrow(root: Path) -> None:
    """Commit the schema of an event as if it had once had one property more."""
    file = root / EVENT
    schema = json.loads(file.read_text(encoding="utf-8"))
    schema["properties"]["discount"] = {"type": "integer"}
    file.write_text(json.dumps(schema), encoding="utf-8")
    git(root, "commit", "--all", "--message=discount")


def test_files_just_written_pass(written: Path) -> None:
    result = run(written, "--check")
    assert result.exit_code == 0, result.output
    assert "contract files are what the code says" in result.output
    assert "nothing that HEAD promised is broken" in result.output


def test_writing_twice_writes_nothing_more(written: Path) -> None:
    assert ", 0 written, 0 removed" in run(written).output


def test_a_changed_file_is_found_with_its_difference_and_mended(written: Path) -> None:
    file = written / EVENT
    file.write_text(file.read_text(encoding="utf-8").replace('"total"', '"sum"', 1), encoding="utf-8")
    result = run(written, "--check")
    assert result.exit_code == 1
    assert f"out of date: {EVENT}" in result.output
    assert '+    "total": {' in result.output
    assert f"wrote {EVENT}" in run(written).output
    assert run(written, "--check").exit_code == 0


def test_a_missing_file_and_a_leftover_are_found_and_mended(written: Path) -> None:
    (written / "docs/events.md").unlink()
    leftover = written / "contracts/examples/payment.gone.v1.json"
    leftover.write_text("{}", encoding="utf-8")
    result = run(written, "--check")
    assert result.exit_code == 1
    assert "missing: docs/events.md" in result.output
    assert "leftover: contracts/examples/payment.gone.v1.json" in result.output
    assert run(written).exit_code == 0
    assert not leftover.exists()
    assert run(written, "--check").exit_code == 0


def test_a_breaking_change_against_head_is_told(written: Path) -> None:
    narrow(written)
    run(written)
    result = run(written, "--check")
    assert result.exit_code == 1
    assert f"breaks: {EVENT}: /discount: property removed or renamed" in result.output


def test_an_event_that_is_gone_is_told(written: Path) -> None:
    gone = written / EVENT.replace("fee-assessed", "fee-waived")
    gone.write_text("{}", encoding="utf-8")
    git(written, "add", ".")
    git(written, "commit", "--message=waived")
    run(written)
    result = run(written, "--check")
    assert result.exit_code == 1
    assert "payment.fee-waived.v1.json: removed; what it promised is gone" in result.output


def test_the_base_is_origin_main_where_that_is_another_commit(written: Path) -> None:
    narrow(written)
    git(written, "update-ref", "refs/remotes/origin/main", "HEAD")
    run(written)
    git(written, "commit", "--all", "--message=narrower")
    result = run(written, "--check")
    assert result.exit_code == 1
    assert "relies on origin/main" in result.output


def test_the_base_may_be_named_by_option_or_environment(written: Path) -> None:
    narrow(written)
    run(written)
    assert run(written, "--check", "--base", "HEAD~1").exit_code == 0
    assert run(written, "--check", base="HEAD~1").exit_code == 0
    assert run(written, "--check", "--base", "HEAD").exit_code == 1


def test_without_a_repository_there_is_nothing_to_break(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent))
    run(root)
    result = run(root, "--check")
    assert result.exit_code == 0, result.output
    assert "HEAD: no such revision here" in result.output


def test_a_base_without_contract_files_breaks_nothing(root: Path) -> None:
    git(root, "init")
    git(root, "commit", "--allow-empty", "--message=empty")
    run(root)
    result = run(root, "--check")
    assert result.exit_code == 0, result.output
    assert "no contract files there" in result.output


def test_elsewhere_it_says_where_it_wants_to_run(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "is not the repository" in result.output
