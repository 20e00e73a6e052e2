# SPDX-License-Identifier: BSD-3-Clause
"""A server of the test's own, which outlives machines: the key is for one image, and for no other."""

import json
import sys

import pytest

from conftest import LIMIT, VPS, first_of, more
from kbs_server import (HELLO, INITRD, KBS, KERNEL, PARAVANE_ELF, READ_BY_ITSELF, Server, build, by_url, disk, enrol,
                        igvm_tool, opens, refused)  # fmt: skip

@pytest.fixture
def server(tmp_path):
    """Starts a server with these options, in one folder."""
    started = []

    def start(*options, **keywords):
        started.append(Server(tmp_path, *options, **keywords))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def enrolled(server, run, tmp_path):
    """A server that knows the good image, a disk, and a call that runs an image with it."""

    def start(*options):
        broker = server(*options)
        machine = ("--disk", str(disk(tmp_path)))
        enrol(broker, build(tmp_path, broker))
        return broker, lambda igvm="good.igvm", *words: run("--igvm", str(tmp_path / igvm), *machine, *words)

    return start


# ---- Who gets it ----


def test_right_image(enrolled):
    broker, boot = enrolled()
    result = boot()
    opens(result)
    assert [event["outcome"] for event in broker.events("resource")] == ["good"]
    secret = broker.secret.read_bytes()
    assert secret not in result.raw and secret.hex() not in result.out
    # What a good machine has sent, sent again by who has seen it.
    (seen,) = broker.events("evidence")
    sys.path.insert(0, str(KBS))
    try:
        import client  # pylint: disable=import-outside-toplevel
    finally:
        sys.path.pop(0)
    thief = client.Client(broker.port, broker.folder / "ca.pem")
    thief.auth()
    with pytest.raises(client.Failed, match="not for this session"):
        thief.attest(bytes.fromhex(seen["token"]))
    thief.close()


@more
def test_each_boot_has_its_own_key_and_evidence(enrolled):
    broker, boot = enrolled()
    assert boot().status == 0 and boot().status == 0
    tokens = [event["token"] for event in broker.events("evidence")]
    assert len(set(tokens)) == 2


def flipped(tmp_path, path, at=-1):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    (tmp_path / path.name).write_bytes(content)
    return tmp_path / path.name


def test_one_bit(enrolled, tmp_path):
    broker, boot = enrolled()
    words = b"VTL0's memory can't be mapped"
    place = PARAVANE_ELF.read_bytes().index(words)
    for what, told in (
        ({"kernel": flipped(tmp_path, KERNEL)}, "REM 2 (kernel, initrd)"),
        ({"initrd": flipped(tmp_path, INITRD)}, "REM 2 (kernel, initrd)"),
        ({"append": READ_BY_ITSELF.replace("panic=-1", "panic=-0")}, "REM 3 (command line)"),
        ({"options": ["--svn", "1"]}, "RIM"),  # in the policy
        ({"image": flipped(tmp_path, PARAVANE_ELF, place)}, "RIM"),
    ):
        build(tmp_path, broker, "changed.igvm", **what)
        refused(boot("changed.igvm"), "refused", told)


def test_policy_that_the_host_names_is_not_the_measured_one(enrolled):
    _, boot = enrolled()
    refused(boot("good.igvm", "--refhv", "rpv=" + "5a" * 64), "refused", "RPV")


@more
def test_image_in_which_the_host_may_debug(enrolled, tmp_path):
    broker, boot = enrolled()
    build(tmp_path, broker, "changed-debug.igvm", debug=True)
    refused(boot("changed-debug.igvm"), "refused", "RIM")


def test_swapped_nonce(enrolled):
    _, boot = enrolled("--misbehave", "nonce-swapped")
    refused(boot(), "refused", "nonce")


def test_server_has_no_such_resource(enrolled, tmp_path):
    broker, boot = enrolled()
    enrol(broker, build(tmp_path, broker, "changed.igvm", resource="default/key/none"))
    refused(boot("changed.igvm"), "refused", "no such resource")


def test_no_disk(server, run, tmp_path):
    broker = server()
    broker.secret.write_bytes(b"secret")
    igvm = build(tmp_path, broker)
    broker.reference.write_text(igvm_tool("measure", "--rem", "--vps", VPS[1], igvm))
    refused(run("--igvm", str(igvm)), "disk")


# ---- Who is asked ----


def test_kbs_by_its_url(run, server):
    by_url(run, server())


@more
def test_pinned_certificate(enrolled, tmp_path):
    # Signed by nobody but itself, and an anchor.
    broker, boot = enrolled("--misbehave", "tls-self-signed")
    enrol(broker, build(tmp_path, broker, trust_anchors=[str(tmp_path / "pinned.pem")]))
    opens(boot())


@pytest.mark.parametrize("name", first_of("expired", "not-yet"))
def test_dates_count_where_the_policy_says_so(enrolled, tmp_path, name):
    broker, boot = enrolled("--misbehave", f"tls-{name}")
    enrol(broker, build(tmp_path, broker, "dates.igvm", certificate_dates=True))
    refused(boot("dates.igvm"), "TLS", "by the host's clock")


@more
@pytest.mark.parametrize("name", ["expired", "not-yet"])
def test_dates_do_not_count_where_it_does_not(enrolled, name):
    _, boot = enrolled("--misbehave", f"tls-{name}")
    opens(boot())


@more
def test_name_of_no_host(enrolled, tmp_path):
    broker, boot = enrolled()
    broker.url = "https://kbs.invalid"
    build(tmp_path, broker, "changed.igvm")
    refused(boot("changed.igvm"), "name resolution")


def test_server_is_down(enrolled, tmp_path):
    broker, boot = enrolled()
    broker.stop()
    times = tmp_path / "times"
    refused(boot("good.igvm", "--json", str(times)), "connection", "refused")
    # Five attempts, with 1, 2, 4 and 8 seconds between them: net/README.md.
    assert json.loads(times.read_text())["wall_seconds"]["end"] > 15


def test_server_comes_up_while_the_machine_asks(enrolled, server, run_live, tmp_path):
    # One machine, which asks again by itself.
    broker, _ = enrolled()
    broker.stop()
    child = run_live("--igvm", str(tmp_path / "good.igvm"), "--disk", str(tmp_path / "disk.img"))
    assert any("attestation: asking" in line for line in child.stdout)
    server(port=broker.port)
    assert HELLO in list(child.stdout)
    assert child.wait(LIMIT) == 0


@more
@pytest.mark.parametrize("count", [2, 4])
def test_asked_again(enrolled, count):
    broker, boot = enrolled("--misbehave", f"closed:{count}")
    opens(boot())
    assert len(broker.events("connection")) == count + 1
