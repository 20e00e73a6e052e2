# SPDX-License-Identifier: BSD-3-Clause
"""A bad network, by tests/kbs/relay.py: between QEMU's user network and the guest, or Paravane's stack."""

import hashlib
import json
import random
import subprocess

import pytest

from conftest import first_of, more
from kbs_server import HELLO, KBS, LUKS, READ, refused
from test_net import UP, Server

BAD = ["--lose", "0.05", "--double", "0.05", "--reorder", "0.05", "--delay-chance", "0.1", "--spoil", "0.02",
       "--shorten", "0.02"]  # fmt: skip


class Network:
    """--net user with a relay in it."""

    def __init__(self, *options):
        self.process = subprocess.Popen([KBS / "relay.py", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)  # fmt: skip
        words = json.loads(self.process.stdout.readline())
        self.arguments = ["--net", "none", *(word for each in words for word in ("--qemu-arg", each))]

    def end(self):
        """What became of the frames."""
        told, _ = self.process.communicate()
        return json.loads(told) if told else None


@pytest.fixture
def network():
    started = []

    def start(*options):
        started.append(Network(*options))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end()


@more
def test_guest_through_a_good_relay(run, network):
    wire = network()
    result = run(*wire.arguments, "--exec", UP + "ping -c 3 -i 0.1 10.0.2.2 | grep -c 'seq='")
    assert result.status == 0, result
    assert result.out.split() == ["3"]
    counts = wire.end()
    assert counts["out"]["seen"] >= 5 and counts["in"]["seen"] >= 5


@more
def test_guest_through_a_bad_relay(run, network):
    # TCP makes good what the relay does: the test is of the relay.
    content = random.Random(4).randbytes(300_000)
    wire = network(*BAD, "--seed", "7")
    source = Server(content)
    up = "ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0; "
    result = run(*wire.arguments, "--exec", up + f"nc 10.0.2.2 {source.port} </dev/null | sha256sum")
    assert result.status == 0, result
    assert result.out.split()[0] == hashlib.sha256(content).hexdigest()
    source.listener.close()
    counts = wire.end()
    for name in ("lost", "doubled", "delayed", "late", "shortened", "spoilt"):
        assert counts["in"][name] > 0, counts


def boot(run, wire, *more_words):
    return run(*LUKS, *wire.arguments, *more_words, "--exec", READ)


def opens(result):
    assert result.status == 0, result
    assert result.out == HELLO


@pytest.mark.parametrize("seed", first_of(*range(1, 9)))
def test_released_through_a_bad_network(run, network, seed):
    opens(boot(run, network(*BAD, "--seed", str(seed))))


@more
@pytest.mark.parametrize("options", [
    ["--double", "1"], ["--reorder", "0.5"], ["--delay-chance", "1", "--delay", "400"], ["--lose", "0.3"],
    ["--spoil", "0.3"], ["--shorten", "0.3"],
], ids=lambda options: options[0])  # fmt: skip
def test_released_through_one_kind_of_it(run, network, options):
    opens(boot(run, network(*options)))


@pytest.mark.parametrize("cut", first_of("6:10", "1:3", "20:20"))
def test_released_after_a_cut(run, network, cut):
    wire = network("--cut", cut)
    opens(boot(run, wire))
    assert wire.end()["out"]["cut"] > 0


@pytest.mark.parametrize("cut", first_of("1:1000000", "12:1000000", "25:1000000"))
def test_cut_for_good(run, network, cut):
    refused(boot(run, network("--cut", cut)))


# QEMU's user network: 10.0.2.2 is the host and the router.
STATIC = "ip=10.0.2.77/24,10.0.2.2"


def test_address_that_the_host_gives(run, network):
    # The wire is cut for whoever asks by DHCP: what is asked there would be lost first.
    opens(run(*LUKS, "--refhv", f"-- {STATIC}", "--exec", READ))


@pytest.mark.parametrize("words, told", first_of(
    ("ip=10.0.2.77/40,10.0.2.2", "prefix"), ("ip=10.0.2", "ADDRESS/PREFIX"), ("ip=fd00::1/48,fe80::1", "prefix"),
))  # fmt: skip
def test_address_that_is_none(run, words, told):
    refused(run(*LUKS, "--refhv", f"-- {words}", "--exec", READ), "ip=", told)
