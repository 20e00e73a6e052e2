# SPDX-License-Identifier: BSD-3-Clause
"""The relay's plan, and the relay between two sockets that stand for QEMU's."""

import json
import re
import socket
import subprocess

import pytest

import relay
from conftest import HERE, PYTHON

FRAME = bytes(range(200))


def fates(*options, count=1000, name="out"):
    plan = relay.Plan(relay.options([*options]), name)
    return [plan.fate(FRAME) for _ in range(count)], plan.counts


def test_nothing_asked_nothing_done():
    found, counts = fates()
    assert found == [[(0, 0, FRAME)]] * 1000
    assert counts.pop("seen") == 1000 and not any(counts.values())


def test_a_seed_is_a_plan():
    options = ["--lose", "0.1", "--double", "0.1", "--spoil", "0.1", "--delay-chance", "0.1"]
    assert fates(*options) == fates(*options)
    assert fates(*options) != fates(*options, "--seed", "2")
    assert fates(*options) != fates(*options, name="in")


@pytest.mark.parametrize("name, count", [("lose", "lost"), ("double", "doubled"), ("reorder", "late"),
                                         ("delay-chance", "delayed"), ("shorten", "shortened"),
                                         ("spoil", "spoilt")])  # fmt: skip
def test_chances(name, count):
    found, counts = fates(f"--{name}", "0.25")
    assert 200 < counts[count] < 300
    assert sum(fate != [(0, 0, FRAME)] for fate in found) == pytest.approx(counts[count], abs=2)
    assert fates(f"--{name}", "1")[1][count] == 1000


def test_one_chance_does_not_move_another():
    lost = [fate == [] for fate in fates("--lose", "0.2")[0]]
    assert lost == [fate == [] for fate in fates("--lose", "0.2", "--double", "0.5", "--spoil", "0.5")[0]]


def test_spoilt_in_one_bit_and_not_in_its_addresses():
    for fate in fates("--spoil", "1")[0]:
        (_, _, frame), = fate  # fmt: skip
        different = [a ^ b for a, b in zip(frame, FRAME, strict=True) if a != b]
        assert len(different) == 1 and different[0].bit_count() == 1
        assert frame[:12] == FRAME[:12]


def test_shortened_behind_its_addresses():
    lengths = {len(fate[0][2]) for fate in fates("--shorten", "1")[0]}
    assert min(lengths) >= 12 and max(lengths) < 200 and len(lengths) > 50


def test_cut():
    found, counts = fates("--cut", "10:5", "--cut", "20:1")
    assert [number for number, fate in enumerate(found) if not fate] == [10 - 1, 10, 11, 12, 13, 19]
    assert counts["cut"] == 6


class Ends:
    """Where QEMU's card and user network would be."""

    def __init__(self, *options):
        self.process = subprocess.Popen([PYTHON, "-B", HERE / "relay.py", *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)  # fmt: skip
        words = json.loads(self.process.stdout.readline())
        self.sockets, self.relays = [], []
        for word in words:
            found = re.fullmatch(r"socket,id=\w+,udp=127\.0\.0\.1:(\d+),localaddr=127\.0\.0\.1:(\d+)", word)
            if found:
                self.sockets.append(relay.udp(int(found[2])))
                self.sockets[-1].settimeout(20)
                self.relays.append(("127.0.0.1", int(found[1])))

    def send(self, end, frames):
        for frame in frames:
            self.sockets[end].sendto(frame, self.relays[end])

    def receive(self, end, count):
        return [self.sockets[end].recv(65536) for _ in range(count)]

    def nothing_more(self, end):
        self.sockets[end].settimeout(0.3)
        with pytest.raises(socket.timeout):
            self.sockets[end].recv(1)

    def stop(self):
        for each in self.sockets:
            each.close()
        told, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return json.loads(told)


@pytest.fixture
def ends():
    started = []

    def start(*options):
        started.append(Ends(*options))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.stop()


def numbered(*numbers):
    return [bytes([number]) * 100 for number in numbers]


def test_both_ways(ends):
    wire = ends()
    wire.send(0, numbered(1, 2, 3))
    assert wire.receive(1, 3) == numbered(1, 2, 3)
    wire.send(1, numbered(4, 5))
    assert wire.receive(0, 2) == numbered(4, 5)
    counts = wire.stop()
    assert counts["out"]["seen"] == 3 and counts["in"]["seen"] == 2


def test_late_frames(ends):
    # All of them are: each comes when the second one after it has been seen, the last ones by time.
    wire = ends("--reorder", "1", "--distance", "2")
    wire.send(0, numbered(1, 2, 3))
    assert wire.receive(1, 3) == numbered(1, 2, 3)
    one = relay.Direction(relay.Plan(relay.options(["--distance", "2"]), "out"), None, None)
    sent = []
    one.send = sent.append
    one.plan.happens = lambda name, _: name == "late" and one.plan.number == 1
    for frame in numbered(1, 2, 3, 4):
        one.take(frame, lambda *_: None)
    assert sent == numbered(2, 3, 1, 4)


def test_doubled_and_delayed(ends):
    wire = ends("--double", "1", "--delay-chance", "1", "--delay", "30")
    wire.send(0, numbered(1, 2))
    assert sorted(wire.receive(1, 4)) == numbered(1, 1, 2, 2)
    wire.nothing_more(1)


def test_cut_wire(ends):
    wire = ends("--cut", "2:2")
    wire.send(0, numbered(1, 2, 3, 4))
    assert wire.receive(1, 2) == numbered(1, 4)


def test_qemu_not_there_yet(ends):
    wire = ends()
    address = wire.sockets[1].getsockname()
    wire.sockets[1].close()
    wire.send(0, numbered(1, 2, 3))
    wire.sockets[1] = relay.udp(address[1])
    wire.sockets[1].settimeout(20)
    wire.send(0, numbered(4))
    assert numbered(4)[0] in (wire.sockets[1].recv(65536) for _ in range(4))
