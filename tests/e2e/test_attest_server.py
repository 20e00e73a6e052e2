# SPDX-License-Identifier: BSD-3-Clause
"""A server that misbehaves, in every way that tests/kbs/kbs.py knows: the key is used, or no guest is started."""

import subprocess

import pytest

from kbs_server import KBS, RESOURCE
from test_attest import HELLO, READ, refused

ROWS = [line.split(None, 2) for line in subprocess.run([KBS / "kbs.py", "--list"], capture_output=True, text=True,
                                                       check=True).stdout.splitlines()]  # fmt: skip


def boot(run, name):
    return run("--luks", RESOURCE, "--kbs-option", f"--misbehave={name}", "--exec", READ)


@pytest.mark.parametrize("name", [name for name, outcome, _ in ROWS if outcome == "released"])
def test_released(run, name):
    result = boot(run, name)
    assert result.status == 0, result
    assert result.out == HELLO


# What the line on the console has to say.
WORDS = {"tls": "TLS", "auth-version": "refused", "attest-refused": "refused", "secret": "key", "closed": "connect"}


@pytest.mark.parametrize("name", [name for name, outcome, _ in ROWS if outcome == "refused"])
def test_refused(run, name):
    refused(boot(run, name), WORDS.get(name) or WORDS.get(name.split("-")[0], ""))


@pytest.mark.parametrize("name", [name for name, outcome, _ in ROWS if outcome == "either"])
def test_either(run, name):
    result = boot(run, name)
    if result.status == 0:
        assert result.out == HELLO
    else:
        refused(result)


def test_reason_of_the_server_is_cleaned(run):
    result = boot(run, "detail-hostile")
    refused(result, "refused")
    assert not set(result.raw + result.err.encode()) & {0x00, 0x1B, 0x1E, 0x9B}


@pytest.mark.parametrize("name", ["auth-401", "attest-401", "resource-401", "body-cut", "closed"])
def test_asked_again(run, name):
    # The first attempt fails, the next one is good.
    result = boot(run, f"{name}:1")
    assert result.status == 0, result
    assert result.out == HELLO


def test_not_asked_for_ever(run, tmp_path):
    log = tmp_path / "log"
    refused(run("--luks", RESOURCE, "--kbs-option", "--misbehave=attest-401", "--kbs-option", f"--log={log}"))
    assert 2 <= log.read_text().count('"path": "/kbs/v0/auth"') <= 10
