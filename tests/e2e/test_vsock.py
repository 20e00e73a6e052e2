# SPDX-License-Identifier: BSD-3-Clause
"""Programs of the guest and Paravane's services, over Debian's own vsock driver: vsock_client.py, and socat."""

import json
import os

import pytest

from conftest import ROOT, first_of

TOOLS = ROOT / "build" / "guest" / "tools.img"
CLIENT = ROOT / "tests" / "e2e" / "vsock_client.py"
ECHO = ("--debug", "--refhv", "-- vsock-echo")
pytestmark = pytest.mark.skipif(not TOOLS.is_file(), reason="no disk of tools")


@pytest.fixture
def guest(run, tmp_path):
    """Runs a command in the guest, with the client as /tmp/client.py."""
    disk = tmp_path / "client.img"
    disk.write_bytes(CLIENT.read_bytes())
    # A disk is made of blocks; what fills the last one up is white space to Python.
    os.truncate(disk, 65536)

    def call(command, *arguments, timeout=600):
        prepare = "tools /dev/vda && tr -d '\\0' </dev/vdb >/tmp/client.py && ulimit -n 4096 && "
        return run(*arguments, "--disk", f"{TOOLS},ro", "--disk", str(disk), "--exec", prepare + command,
                   timeout=timeout)  # fmt: skip

    return call


def client(tests, *arguments):
    return f"in-tools python3 /tmp/client.py {tests} {' '.join(arguments)}"


def passed(result, tests):
    assert result.status == 0, result
    assert [line for line in result.out.splitlines() if line.startswith("ok ")] == [
        f"ok {test}" for test in tests.split(",")
    ], result


def inspected(result):
    return json.loads(next(line for line in result.out.splitlines() if line.startswith("{")))


def test_inspect_by_socat(guest):
    ask = (
        "printf 'GET /inspect HTTP/1.1\\r\\nHost: p\\r\\n\\r\\n' | in-tools socat -t 30 - VSOCK-CONNECT:2:80;"
        " printf 'HEAD /nothing HTTP/1.1\\r\\nHost: p\\r\\n\\r\\n' | in-tools socat -t 30 - VSOCK-CONNECT:2:80;"
        " in-tools socat - VSOCK-CONNECT:2:7 </dev/null 2>&1 | grep -o 'Connection reset by peer'"
    )
    result = guest(ask)
    assert result.status == 0, result
    head, body = result.out.replace("\r\n", "\n").split("\n\n", 1)
    assert head.splitlines()[0] == "HTTP/1.1 200 OK", result
    assert "Content-Type: application/json" in head
    state, rest = json.JSONDecoder().raw_decode(body)
    assert rest == int(head.split("Content-Length: ")[1].split("\n")[0])
    # There is no echo service unless it is asked for.
    assert "HTTP/1.1 404 Not Found" in body[rest:] and body.endswith("Connection reset by peer\n")
    assert state["uptime_ns"] > 0 and state["exits"]["memory"] > 0 and state["aborts"] == 0
    devices = {device["window"]: device for device in state["devices"]}
    assert devices[0]["name"] == "entropy" and devices[2]["name"] == "vsock" and devices[4]["name"] == "block"
    for queue in devices[2]["queues"]:
        assert queue["live"] and queue["broken"] is None and queue["taken"] >= queue["given"]
    assert state["vsock"]["open"] == 1 and state["vsock"]["accepted"] == 1
    assert state["memory"]["pages_free"] > 0
    assert any(line.startswith("paravane: kernel ") for line in state["log"])


def test_inspect_counts_traffic(guest):
    # Five echo requests there and back, each 98 bytes of Ethernet; 100,000 bytes over the command's port, the console's
    # second one.
    result = guest(
        "ip link set eth0 up && udhcpc -n -q -i eth0 >/dev/null 2>&1 && ping -c 5 10.0.2.2 >/dev/null &&"
        " head -c 100000 /dev/zero | tr '\\0' '\\n' && " + client("ask"), "--smp", "1",
    )  # fmt: skip
    assert result.status == 0, result
    state = inspected(result)
    console, network = state["console"], state["network"]
    login, command = console["ports"]
    assert command["out"] > 100000 and command["in"] > 0 and command["dropped"] == 0
    assert console["ignored"] == 0 and console["uart_dropped"] == 0
    host, guests, own = network["host"], network["guest"], network["paravane"]
    for direction in (guests["from"], guests["to"]):
        assert direction["taken"] >= 5 and direction["bytes"] >= 5 * 98
    # What the guest sends goes to the host, whole; what it gets has come from there. Nobody is at Paravane's own.
    assert host["to"]["taken"] == guests["from"]["taken"] and host["to"]["bytes"] == guests["from"]["bytes"]
    assert host["from"]["taken"] >= guests["to"]["taken"]
    assert guests["from"]["malformed"] == guests["from"]["source"] == host["from"]["source"] == 0
    assert own["from"]["taken"] == own["to"]["taken"] == 0


def test_connections(guest):
    tests = "refused,thousand_in_turn,thousand_at_once,half_closed,reader_that_waits,ask"
    result = guest(client(tests), *ECHO)
    passed(result, tests)
    counts = inspected(result)["vsock"]
    # All are gone but the one that asks.
    assert counts["open"] == 1 and counts["accepted"] > 2000 and counts["dropped"] == 0


@pytest.mark.parametrize("smp", first_of(4, 1))
def test_hundred_megabytes(guest, smp):
    result = guest(client("hundred_megabytes"), "--smp", str(smp), *ECHO)
    passed(result, "hundred_megabytes")


def test_driver_goes_and_comes(guest):
    find = "cd /sys/bus/virtio/drivers/vmw_vsock_virtio_transport && d=$(echo virtio*) && cd / && "
    result = guest(find + client("rebind,ask", '"$d"'), *ECHO)
    passed(result, "rebind,ask")
    state = inspected(result)
    assert state["vsock"]["open"] == 1
    assert all(queue["broken"] is None for device in state["devices"] for queue in device["queues"])
