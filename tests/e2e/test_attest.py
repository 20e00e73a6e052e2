# SPDX-License-Identifier: BSD-3-Clause
"""No key without proof: what is released to the right machine, and what is refused to any other."""

import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys

import pytest

from conftest import LIMIT, PARAVANE, ROOT, call
from kbs_server import KBS, RESOURCE, Server, disk, file_in, payload

PARAVANE_ELF = ROOT / "build/image/boot/paravane.elf"
KERNEL = ROOT / "build/guest/Image"
INITRD = ROOT / "build/guest/initrd"
TOOLS = ROOT / "build/guest/tools.img"
LUKS = ("--luks", RESOURCE)
READ = "mount /dev/vda /mnt && cat /mnt/hello"
HELLO = "hello from a volume that only an attested machine opens\n"
# The default initrd's busybox does on the console what READ does.
READ_BY_ITSELF = (
    "earlycon=pl011,0x9000000 console=ttyAMA0 panic=-1 quiet rdinit=/.paravane/busybox -- sh -c "
    '"cd /.paravane; ./busybox mount -t devtmpfs none /dev; exec >/dev/console 2>&1;'
    " /sbin/modprobe -a virtio_mmio virtio_blk ext4; ./busybox mount -t ext4 /dev/vda /mnt;"
    ' ./busybox cat /mnt/hello; ./busybox poweroff -f"'
)


def refused(result, *words):
    """Paravane has ended the machine, with its reason on the console, before the guest ran."""
    told = result.out + result.err
    assert result.status == 125, result
    assert HELLO not in told and "Booting Linux" not in told
    lines = [line for line in told.splitlines() if line.startswith("paravane: cannot start: ")]
    assert len(lines) == 1, result
    for word in words:
        assert word in lines[0], result


@pytest.fixture
def server(tmp_path):
    """Starts a server with these options, in one folder."""
    started = []

    def start(*options, **more):
        started.append(Server(tmp_path, *options, **more))
        return started[-1]

    yield start
    for each in started:
        each.stop()


# ---- The demonstration ----


def test_readme(run):
    result = run(*LUKS, "--exec", READ)
    assert result.status == 0, result
    assert result.out == HELLO


def test_tampered(run):
    result = run(*LUKS, "--append", "tampered=1")
    refused(result, "refused", "REM 3 (command line) is not the reference's")


def test_tampered_says_so_with_a_command_too(run):
    result = run(*LUKS, "--append", "tampered=1", "--exec", READ)
    refused(result, "refused", "command line")
    assert result.out == ""


def test_debug_image(run):
    refused(run(*LUKS, "--debug", "--exec", READ), "refused", "RIM")


@pytest.mark.parametrize("tag", [399, 907])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_each_shape(run, tag, framing):
    result = run(*LUKS, "--refhv", f"token={tag}", "--kbs-option", f"--http={framing}", "--exec", READ)
    assert result.status == 0, result
    assert result.out == HELLO


@pytest.mark.parametrize("machine", [["--smp", "1"], ["--smp", "4", "--memory", "2G"], ["--cpu", "cortex-a72"]])
def test_each_machine(run, machine):
    result = run(*LUKS, *machine, "--exec", READ)
    assert result.status == 0, result
    assert result.out == HELLO


def test_firmware_is_measured_and_started(run):
    # U-Boot finds nothing to boot in the volume: that it looks is enough.
    result = run(*LUKS, "--firmware", "/usr/lib/u-boot/qemu_arm64/u-boot.bin", timeout=60)
    assert "U-Boot 20" in result.out, result


def test_mistakes_on_the_command_line(run, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(4096))
    for words in (["--luks", "a/b/c", "--no-attest"], ["--kbs", "https://a"], ["--luks-key", str(file)],
                  ["--luks", "a/b/c", "--kbs", "https://a", "--disk", str(file)],
                  ["--luks", "a/b/c", "--kbs", "https://a", "--kbs-ca", str(file)],
                  ["--luks", "a/b/c", "--disk", str(file)], ["--luks", "a/b/c", "--luks-key", str(file)],
                  ["--luks", "a/b/c", "--igvm", str(file)], ["--luks", 'a"/b/c'],
                  ["--luks", "a/b/c", "--kbs-ca", str(file)], ["--reference", str(file)]):  # fmt: skip
        result = run(*words)
        assert result.status == 2 and "run: " in result.err, result


@pytest.mark.parametrize("resource", ["one", "a/b", "a/b/c/d", "a//c"])
def test_resource_that_is_none(run, resource):
    result = run("--luks", resource)
    assert result.status == 125 and "repository/type/tag" in result.err, result


def test_server_that_does_not_start(run):
    result = run(*LUKS, "--kbs-option", "--misbehave=no-such-thing")
    assert result.status == 125 and "did not start" in result.err, result


def children_of(number):
    """{last part of the program's or script's name: process}"""
    found = {}
    for child in pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            found |= {word.rpartition(b"/")[2]: int(child) for word in words[:2]}
    return found


def test_server_ends_with_the_run(tmp_path):
    # However that ends: SIGKILL leaves no time to see to it.
    child = subprocess.Popen(
        [PARAVANE, "run", *LUKS, "--qemu-arg", "-S", "--timeout", "60"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    try:
        found = {}
        while b"pv-run" not in found:
            assert child.poll() is None
            found = children_of(child.pid)
        server_end = os.pidfd_open(found[b"kbs.py"])
    finally:
        child.kill()
        child.wait()
    ended, _, _ = select.select([server_end], [], [], LIMIT)
    os.kill(found[b"pv-run"], signal.SIGTERM)
    os.close(server_end)
    assert ended


# ---- The volume ----


@pytest.mark.parametrize("options", [
    [], ["--sector", "512"], ["--key-bits", "256"], ["--sector", "1024", "--hash", "sha512"],
    ["--offset", "4096", "--keyslots-size", "512k"], ["--metadata-size", "64k"], ["--iterations", "100000"],
])  # fmt: skip
def test_read_written_and_read_back(run, tmp_path, options):
    image = disk(tmp_path, *options)
    new = "dd if=/dev/urandom of=/mnt/new bs=1M count=8 2>/dev/null && sha256sum </mnt/new >/mnt/sum; umount /mnt"
    write = f"{READ} && {new}"
    result = run(*LUKS, "--disk", str(image), "--luks-key", str(tmp_path / "secret"), "--exec", write)
    assert result.status == 0, result
    assert result.out == HELLO
    inside = payload(tmp_path, image)
    assert subprocess.run(["/sbin/e2fsck", "-f", "-n", inside], capture_output=True, check=False).returncode == 0
    subprocess.run(["/sbin/debugfs", "-R", f"dump new {tmp_path / 'new'}", inside], capture_output=True, check=True)
    told = subprocess.run(["sha256sum"], stdin=open(tmp_path / "new", "rb"), capture_output=True, check=True).stdout
    assert told.decode() == file_in(inside, "sum")


OPEN_BY_ITSELF = (
    "tools /dev/vdb; modprobe -a dm-crypt xts; head -c 13 /proc/version >/tmp/key;"
    " in-tools cryptsetup open --key-file /tmp/key /dev/vda x && mount /dev/mapper/x /mnt && cat /mnt/{file};"
    " echo of dm-crypt >/mnt/dm; umount /mnt; in-tools cryptsetup close x"
)


@pytest.mark.skipif(not TOOLS.exists(), reason="no disk of tools: see ./paravane setup")
@pytest.mark.parametrize("sector", [512, 4096])
def test_disk_is_one_for_dm_crypt(run, tmp_path, sector):
    # What tests/kbs/disk.py makes and reads, against Linux, without Paravane's part.
    (tmp_path / "secret").write_bytes(b"Linux version")
    image = disk(tmp_path, "--sector", sector)
    result = run("--disk", str(image), "--disk", f"{TOOLS},ro", "--exec", OPEN_BY_ITSELF.format(file="hello"))
    assert result.status == 0, result
    assert result.out == HELLO
    assert file_in(payload(tmp_path, image), "dm") == "of dm-crypt\n"


@pytest.mark.skipif(not TOOLS.exists(), reason="no disk of tools: see ./paravane setup")
@pytest.mark.parametrize("sector", [512, 4096])
def test_dm_crypt_reads_what_was_written_through_paravane(run, tmp_path, sector):
    (tmp_path / "secret").write_bytes(b"Linux version")
    image = disk(tmp_path, "--sector", sector)
    write = "mount /dev/vda /mnt && echo of paravane >/mnt/pv; umount /mnt"
    result = run(*LUKS, "--disk", str(image), "--luks-key", str(tmp_path / "secret"), "--exec", write)
    assert result.status == 0, result
    result = run("--disk", str(image), "--disk", f"{TOOLS},ro", "--exec", OPEN_BY_ITSELF.format(file="pv"))
    assert result.out == "of paravane\n", result
    result = run(*LUKS, "--disk", str(image), "--luks-key", str(tmp_path / "secret"),
                 "--exec", "mount /dev/vda /mnt && cat /mnt/dm")  # fmt: skip
    assert result.out == "of dm-crypt\n", result


def test_other_disks_stay_as_they_are(run, tmp_path):
    image = disk(tmp_path)
    (tmp_path / "second").write_bytes(b"plain" * 4096)
    result = run(*LUKS, "--disk", str(image), "--disk", str(tmp_path / "second"),
                 "--luks-key", str(tmp_path / "secret"), "--exec", "head -c 5 /dev/vdb")  # fmt: skip
    assert result.out == "plain", result


def spoil(path, *places):
    content = bytearray(path.read_bytes())
    for at in places:
        content[at] ^= 1
    path.write_bytes(content)


# LUKS2 on-disk format, 2.1 and 2.2: a header of 4 KiB and its JSON, and both again; a checksum is over both.
FIRST, SECOND = 0x1800, 0x4000 + 0x1800


@pytest.mark.parametrize("place", [FIRST, SECOND])
def test_one_spoilt_header_of_two(run, tmp_path, place):
    image = disk(tmp_path)
    spoil(image, place)
    result = run(*LUKS, "--disk", str(image), "--luks-key", str(tmp_path / "secret"), "--exec", READ)
    assert result.out == HELLO, result


def test_both_headers_spoilt(run, tmp_path):
    image = disk(tmp_path)
    spoil(image, FIRST, SECOND)
    refused(run(*LUKS, "--disk", str(image), "--luks-key", str(tmp_path / "secret"), "--exec", READ), "LUKS")


def test_no_container(run, tmp_path):
    (tmp_path / "disk.img").write_bytes(bytes(32 << 20))
    (tmp_path / "secret").write_bytes(b"secret")
    refused(run(*LUKS, "--disk", str(tmp_path / "disk.img"), "--luks-key", str(tmp_path / "secret")), "LUKS")


def test_disk_of_another_key(run, tmp_path):
    # The host's own disk, with a key that it knows.
    disk(tmp_path)
    other = disk(tmp_path, name="other.img", key="other-secret")
    refused(run(*LUKS, "--disk", str(other), "--luks-key", str(tmp_path / "secret"), "--exec", READ), "key")


def test_no_disk(server, run, tmp_path):
    broker = server()
    broker.secret.write_bytes(b"secret")
    igvm = build(tmp_path, broker)
    enrol(broker, igvm)
    refused(run("--igvm", str(igvm)), "disk")


# ---- A server of one's own, and images made before ----


def igvm_tool(*arguments):
    result = call("igvm", *map(str, arguments))
    assert result.status == 0, result
    return result.out


def build(folder, broker, name="good.igvm", kernel=KERNEL, initrd=INITRD, image=PARAVANE_ELF, append=READ_BY_ITSELF,
          options=(), **policy):  # fmt: skip
    policy = {"attest": True, "server": broker.url, "resource": RESOURCE,
              "trust_anchors": [str(folder / "ca.pem")]} | policy  # fmt: skip
    guest = {"kernel": str(kernel), "initrd": str(initrd), "command_line": append}
    manifest = {"version": 1, "image": str(image), "guest": guest, "policy": policy}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    igvm_tool("build", "--manifest", folder / "manifest.json", *options, "--output", folder / name)
    return folder / name


def enrol(broker, igvm):
    broker.reference.write_text(igvm_tool("measure", "--rem", igvm))


@pytest.fixture
def enrolled(server, run, tmp_path):
    """A server that knows the good image, a disk, and a call that runs an image with it."""

    def start(*options):
        broker = server(*options)
        image = disk(tmp_path)
        enrol(broker, build(tmp_path, broker))
        return broker, lambda igvm="good.igvm", *more: run("--igvm", str(tmp_path / igvm), "--disk", str(image), *more)

    return start


def test_right_image(enrolled):
    broker, boot = enrolled()
    result = boot()
    assert result.status == 0 and HELLO.strip() in result.out, result
    assert [event["outcome"] for event in broker.events("resource")] == ["good"]


def flipped(tmp_path, path, at=-1):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    (tmp_path / path.name).write_bytes(content)
    return tmp_path / path.name


def test_one_bit_of_the_kernel(enrolled, tmp_path):
    broker, boot = enrolled()
    build(tmp_path, broker, "changed.igvm", kernel=flipped(tmp_path, KERNEL))
    refused(boot("changed.igvm"), "refused", "REM 2 (kernel, initrd)")


def test_one_bit_of_the_initrd(enrolled, tmp_path):
    broker, boot = enrolled()
    build(tmp_path, broker, "changed.igvm", initrd=flipped(tmp_path, INITRD))
    refused(boot("changed.igvm"), "refused", "REM 2 (kernel, initrd)")


def test_one_bit_of_the_command_line(enrolled, tmp_path):
    broker, boot = enrolled()
    build(tmp_path, broker, "changed.igvm", append=READ_BY_ITSELF.replace("panic=-1", "panic=-0"))
    refused(boot("changed.igvm"), "refused", "REM 3 (command line)")


def test_one_bit_of_the_policy(enrolled, tmp_path):
    broker, boot = enrolled()
    build(tmp_path, broker, "changed.igvm", options=["--svn", "1"])
    refused(boot("changed.igvm"), "refused", "RIM")


def test_one_bit_of_paravane(enrolled, tmp_path):
    broker, boot = enrolled()
    words = b"VTL0's memory can't be mapped"
    assert words in PARAVANE_ELF.read_bytes()
    changed = flipped(tmp_path, PARAVANE_ELF, PARAVANE_ELF.read_bytes().index(words))
    build(tmp_path, broker, "changed.igvm", image=changed)
    refused(boot("changed.igvm"), "refused", "RIM")


def test_policy_that_the_host_names_is_not_the_measured_one(enrolled):
    _, boot = enrolled()
    refused(boot("good.igvm", "--refhv", "rpv=" + "5a" * 64), "refused", "RPV")


def test_image_in_which_the_host_may_debug(enrolled, tmp_path):
    broker, boot = enrolled()
    build(tmp_path, broker, "changed-debug.igvm", debug=True)
    refused(boot("changed-debug.igvm"), "refused", "RIM")


def test_replayed_evidence(enrolled):
    # What a good machine has sent, sent again by who has seen it.
    broker, boot = enrolled()
    assert boot().status == 0
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


def test_swapped_nonce(enrolled):
    _, boot = enrolled("--misbehave", "nonce-swapped")
    refused(boot(), "refused", "nonce")


def test_each_boot_has_its_own_key_and_evidence(enrolled):
    broker, boot = enrolled()
    assert boot().status == 0 and boot().status == 0
    tokens = [event["token"] for event in broker.events("evidence")]
    assert len(set(tokens)) == 2


def test_kbs_by_its_url(run, server, tmp_path):
    broker = server()
    image = disk(tmp_path)
    result = run(*LUKS, "--kbs", broker.url, "--kbs-ca", str(tmp_path / "ca.pem"), "--disk", str(image),
                 "--reference", str(broker.reference), "--exec", READ)  # fmt: skip
    assert result.status == 0, result
    assert result.out == HELLO


def test_pinned_certificate(enrolled, tmp_path):
    # Signed by nobody but itself, and a trust anchor of the policy.
    broker, boot = enrolled("--misbehave", "tls-self-signed")
    enrol(broker, build(tmp_path, broker, trust_anchors=[str(tmp_path / "pinned.pem")]))
    result = boot()
    assert result.status == 0 and HELLO.strip() in result.out, result


def test_one_anchor_of_several(enrolled, tmp_path):
    broker, boot = enrolled()
    anchors = [str(tmp_path / name) for name in ("other-ca.pem", "pinned.pem", "ca.pem")]
    enrol(broker, build(tmp_path, broker, trust_anchors=anchors))
    result = boot()
    assert result.status == 0 and HELLO.strip() in result.out, result


@pytest.mark.parametrize("name", ["expired", "not-yet"])
def test_dates_count_where_the_policy_says_so(enrolled, tmp_path, name):
    broker, boot = enrolled("--misbehave", f"tls-{name}")
    assert boot().status == 0
    enrol(broker, build(tmp_path, broker, "dates.igvm", dates=True))
    refused(boot("dates.igvm"), "TLS")


def test_name_of_no_host(enrolled, tmp_path):
    broker, boot = enrolled()
    broker.url = "https://kbs.invalid"
    build(tmp_path, broker, "changed.igvm")
    refused(boot("changed.igvm"), "name")


def test_server_is_down(enrolled):
    broker, boot = enrolled()
    broker.stop()
    refused(boot(), "connect")


def test_server_goes_down_and_comes_up(enrolled, server):
    broker, boot = enrolled()
    broker.stop()
    refused(boot(), "connect")
    server(port=broker.port)
    result = boot()
    assert result.status == 0 and HELLO.strip() in result.out, result


def test_server_comes_up_while_the_machine_asks(enrolled):
    # Twice there is nobody, then it answers: one machine, which asks again by itself.
    broker, boot = enrolled("--misbehave", "closed:2")
    result = boot()
    assert result.status == 0 and HELLO.strip() in result.out, result
    assert len(broker.events("connection")) >= 3


def test_server_has_no_such_resource(enrolled, tmp_path):
    broker, boot = enrolled()
    enrol(broker, build(tmp_path, broker, "changed.igvm", resource="default/key/none"))
    refused(boot("changed.igvm"), "refused", "no such resource")


def test_nothing_of_the_secret_is_told(enrolled):
    broker, boot = enrolled()
    result = boot("good.igvm", "--qemu-arg", "-D", "--qemu-arg", "/dev/null")
    secret = broker.secret.read_bytes()
    assert secret not in result.raw and secret.hex() not in result.out


def test_no_network(run):
    refused(run(*LUKS, "--net", "none"), "network")
