"""A smoke run of the whole benchmark but the replay, which `make demo` is tested by: it runs to its end and says what it must."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figures import Figure, Reference, at_least, at_most
from tests.bench.load import NUMBER, percentile, request
from tests.bench.stand import ROOT

WIDTH = 80


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_a_quick_run_prints_a_table_and_leaves_the_same_as_json(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--json", str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert max(map(len, run.stdout.splitlines())) <= WIDTH

    figures = json.loads(file.read_text(encoding="utf-8"))["figures"]
    assert {"post.1.rate", "post.16.cpu", "get.rate", "events.p99", "events.sustained"} <= figures.keys()
    assert {"exchange.full.rate", "exchange.full.cpu", "fanout.unit.50", "proof.5000.p50"} <= figures.keys()
    assert all(figure["value"] > 0 for name, figure in figures.items() if "cpu" not in name)
    assert set(figures["post.16.rate"]["references"]) == {"pgbench", "empty handler"}
    assert set(figures["exchange.full.rate"]["references"]) - {"nginx"} == {"direct"}
    # The two that do not depend on how busy the machine is.
    assert figures["post.statements"]["aim"]["met"]
    assert figures["get.statements"]["aim"]["met"]


def test_a_figure_is_the_median_of_its_rounds_and_its_ratio_that_of_the_rounds_ratios() -> None:
    reference = Reference("bare", (100.0, 10.0, 50.0))
    figure = Figure("x", "x", "/s", (50.0, 10.0, 20.0), at_least(20), (reference,))

    assert figure.value == 20.0
    assert figure.met
    assert figure.ratio(reference) == 0.5  # of 0.5, 1.0 and 0.4
    assert not Figure("y", "y", "ms", (3.0,), at_most(2)).met


def test_a_request_announces_the_bytes_it_will_have_with_its_number_filled_in() -> None:
    made = request("POST", "/x", {}, {"name": f"số {NUMBER}"}).replace(NUMBER, "000000000042")
    head, body = made.encode().split(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


def test_the_99th_percentile_is_not_exceeded_by_99_of_100() -> None:
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([7.0], 0.5) == 7.0
