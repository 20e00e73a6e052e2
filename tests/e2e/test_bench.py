# SPDX-License-Identifier: BSD-3-Clause
"""./paravane bench: figures that repeat to the instruction, and a report that keeps to its schema."""

import json
import os
import re

import pytest

from conftest import ROOT

SCHEMA = json.loads((ROOT / "tests" / "bench" / "schema.json").read_text())
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "number": (int, float)}


def check(value, schema, at="report"):
    """The part of JSON Schema that schema.json uses."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "type" in schema:
        assert isinstance(value, TYPES[schema["type"]]), at
        assert schema["type"] == "boolean" or not isinstance(value, bool), at
    assert "const" not in schema or value == schema["const"], at
    assert "enum" not in schema or value in schema["enum"], at
    assert "minimum" not in schema or value >= schema["minimum"], at
    assert "pattern" not in schema or re.search(schema["pattern"], value), at
    if isinstance(value, dict):
        assert set(schema["required"]) == set(schema["properties"]) == set(value), at
        for name, part in value.items():
            check(part, schema["properties"][name], f"{at}.{name}")
    if isinstance(value, list):
        for index, part in enumerate(value):
            check(part, schema["items"], f"{at}[{index}]")


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Two calls of ./paravane bench --quick, and the files that they wrote."""
    from conftest import call

    folder = tmp_path_factory.mktemp("bench")
    paths = [folder / "first.json", folder / "second.json"]
    results = [call("bench", "--quick", "--json", str(path), *more) for path, more in zip(paths, ([], ["--check"]))]
    assert results[0].status == 0, results[0]
    return results, [path.read_text() for path in paths]


@pytest.fixture
def report(quick):
    return json.loads(quick[1][0])


def exit_of(report, name):
    return next(part for part in report["exits"] if part["name"] == name)


def test_two_runs_say_the_same(quick):
    (first, second), (first_json, second_json) = quick
    # But for what a broker says, whose keys are fresh each time.
    first_text, second_text = (re.sub(r"(?s)^From the start.*?round trips$", "", side.out, flags=re.M)
                               for side in (first, second))  # fmt: skip
    assert first_text == second_text != first.out
    first_report, second_report = json.loads(first_json), json.loads(second_json)
    first_launch, second_launch = first_report.pop("launch"), second_report.pop("launch")
    assert first_report == second_report
    assert first_launch["exchanges"] == second_launch["exchanges"] == 3
    for one, other in zip(first_launch["parts"], second_launch["parts"], strict=True):
        assert one["name"] == other["name"]
        assert abs(one["paravane"] - other["paravane"]) <= max(one["paravane"] / 50, 50_000)


def test_report_keeps_to_its_schema(report):
    check(report, SCHEMA)


def test_every_exit_is_measured(report):
    assert report["exits_per_kind"] == 1000
    assert all(part["count"] >= 1000 for part in report["exits"])
    assert report["requests_per_kind"] == 100
    assert all(part["count"] >= 100 for part in report["requests"])


def test_a_request_is_several_exits(report):
    # Notification, the host's interrupt, InterruptStatus, InterruptACK (virtio 1.2, 4.2.3.4); and more data
    # costs more.
    requests = {part["name"]: part for part in report["requests"]}
    for part in requests.values():
        assert part["exits"] >= 3
        assert part["total"] > 3 * exit_of(report, "interrupt-status")["total"]["p50"]
    for what in ("read", "write"):
        small, page, large = (requests[f"disk-{what}-{size}"]["paravane"] for size in (512, 4096, 65536))
        assert small < page < large
        # 256 blocks of AES-XTS more, each of 14 rounds of two instructions at the least (FIPS 197).
        assert requests[f"disk-luks-{what}-4096"]["paravane"] > page + 256 * 14 * 2
    for what, sizes in (("frame-out", (64, 1514)), ("frame-in", (64, 1514)), ("socket", (64, 4096))):
        small, large = (requests[f"{what}-{size}"]["paravane"] for size in sizes)
        assert 0 < small < large


def test_evidence_is_made_in_steps(report):
    # refhv signs twice on P-384, step by step.
    part = report["evidence"]
    assert part["exits"] > 10
    assert part["longest"] < part["total"] / 10
    assert part["budgets"][0]["met"]


def test_launch_is_all_its_parts(report):
    # Two P-384 signatures of refhv's are its own; TLS, JWE and LUKS are Paravane's, and each more than all of a start
    # without them.
    parts = {part["name"]: part for part in report["launch"]["parts"]}
    assert parts["evidence"]["refhv"] > 10 * parts["evidence"]["paravane"]
    for name in ("tls", "jwe", "luks"):
        assert parts[name]["paravane"] > parts["rest"]["paravane"]
        assert parts[name]["refhv"] < parts[name]["paravane"] / 10
    # An address, the broker's hardware address, a connection, TLS (RFC 8446, 2), and three exchanges.
    frames = report["launch"]["frames"]
    assert frames["round_trips"] >= 6 and min(frames["out"], frames["in"]) >= frames["round_trips"]


# What must enter VTL2, and what refhv must answer alone (TLFS: Get of its own registers; PSCI).
@pytest.mark.parametrize(
    "name, enters",
    [
        ("pl011-read", True),
        ("pl011-write", True),
        ("no-device", True),
        ("vtl-call", True),
        ("interrupt", True),
        ("interrupt-status", True),
        ("queue-notify", True),
        ("get-register", False),
        ("psci-version", False),
    ],
)
def test_who_handles_an_exit(report, name, enters):
    part = exit_of(report, name)
    assert part["refhv"]["p50"] > 0
    assert (part["paravane"]["p50"] > 0) == enters
    assert bool(part["functions"]["paravane"]) == enters


def test_functions_add_up(report):
    # Each PL011 read takes the same way, so that the average is the median.
    part = exit_of(report, "pl011-read")
    assert part["total"]["p50"] == part["refhv"]["p50"] + part["paravane"]["p50"]
    for owner in ("refhv", "paravane"):
        shares = sum(function["instructions"] for function in part["functions"][owner])
        assert abs(shares - part[owner]["p50"]) < 1, owner


def test_table_has_the_figures(quick, report):
    text = quick[0][0].out
    for part in report["exits"]:
        line = next(line for line in text.splitlines() if line.startswith(part["title"]))
        assert f"{part['total']['p50']:,}" in line
    for part in report["requests"]:
        line = next(line for line in text.splitlines() if line.startswith(part["title"]))
        assert f"{part['total']:,}" in line
    single = [report[name] for name in ("evidence", "boot", "image")]
    for part in [*report["exits"], *report["requests"], *single]:
        for item in part["budgets"]:
            assert item["met"] == (item["value"] <= item["limit"])
            assert f"{item['limit']:,}: {'met' if item['met'] else 'MISSED'}" in text


def test_check_tells_by_its_status(quick, report):
    assert quick[0][1].status == (1 if report["budgets_missed"] else 0), quick[0][1]
    assert f"budgets missed: {report['budgets_missed']}\n" in quick[0][1].out



def test_qemu_without_plugins(paravane, tmp_path, monkeypatch):
    fake = tmp_path / "qemu-system-aarch64"
    fake.write_text(
        "#!/bin/sh\n[ \"$1\" != --version ] || { echo QEMU emulator version 0.0; exit; }\n"
        "echo 'plugin interface not enabled in this build' >&2\nexit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    result = paravane("bench", "--quick")
    assert result.status == 125, result
    assert "takes no TCG plugins" in result.err
