# SPDX-License-Identifier: BSD-3-Clause
"""The measured launch: the digest that refhv prints, what changes it and what does not, and files that are refused.
Offsets in files: reference igvm.md, sections 1 and 2."""

import json
import re
import struct
import subprocess
import zlib

import pytest

from conftest import ROOT, archive, call, first_of, more

PARAVANE_ELF = ROOT / "build/image/boot/paravane.elf"
KERNEL = ROOT / "build/guest/Image"
INITRD = ROOT / "build/guest/initrd"
# The initrd's busybox is the first process, and powers off at once.
POWER_OFF = "quiet rdinit=/.paravane/busybox -- poweroff -f"
ON_CONSOLE = "earlycon=pl011,0x9000000 console=ttyAMA0 panic=-1 "
PAGE = 4096
VTL2 = 0x41000000

RELOCATABLE_REGION, PAGE_DATA, PARAMETER_AREA, VP_CONTEXT = 0x102, 0x302, 0x301, 0x304
ERROR_RANGE, VBS_MEASUREMENT = 0x30D, 0x311
SHARED = 4


class File:
    """An IGVM file to be changed."""

    def __init__(self, path):
        self.content = bytearray(path.read_bytes())

    def bodies(self, wanted):
        """Where the bodies of the headers of this type are."""
        at, end = 32, 32 + struct.unpack_from("<I", self.content, 12)[0]
        while at < end:
            kind, length = struct.unpack_from("<II", self.content, at)
            if kind == wanted:
                yield at + 8
            at += 8 + (length + 7) // 8 * 8

    def add(self, kind, body):
        """One more header, behind the others: all data moves."""
        moved = 8 + len(body)
        for user in (PAGE_DATA, PARAMETER_AREA, VP_CONTEXT):
            for at in self.bodies(user):
                offset = struct.unpack_from("<I", self.content, at + 12)[0]
                struct.pack_into("<I", self.content, at + 12, offset + moved if offset else 0)
        headers = struct.unpack_from("<I", self.content, 12)[0]
        self.content[32 + headers : 32 + headers] = struct.pack("<II", kind, len(body)) + body
        struct.pack_into("<I", self.content, 12, headers + moved)
        struct.pack_into("<I", self.content, 16, len(self.content))

    def mend(self):
        """The checksum of the fixed header, itself zero, and the variable headers."""
        struct.pack_into("<I", self.content, 20, 0)
        end = 32 + struct.unpack_from("<I", self.content, 12)[0]
        struct.pack_into("<I", self.content, 20, zlib.crc32(self.content[:end]))

    def page(self, gpa):
        """The body of the PAGE_DATA header of this address."""
        return next(at for at in self.bodies(PAGE_DATA) if struct.unpack_from("<Q", self.content, at)[0] == gpa)

    def data(self, gpa):
        """Where the content of the page is."""
        return struct.unpack_from("<I", self.content, self.page(gpa) + 12)[0]

    def write(self, path):
        path.write_bytes(self.content)
        return path


def igvm(*arguments):
    result = call("igvm", *map(str, arguments))
    assert result.status == 0, result
    return result.out


def build(path, *options, kernel=KERNEL, initrd=INITRD, append=POWER_OFF):
    igvm("build", "--image", PARAVANE_ELF, "--kernel", kernel, "--initrd", initrd, "--append", append,
         *options, "--output", path)  # fmt: skip
    return path


def measure(path):
    """What the file's launch digest has to be."""
    digest = igvm("measure", "--short", path).strip()
    assert re.fullmatch("[0-9a-f]{64}", digest)
    return digest


def launched(result):
    """The digest that refhv has printed: one line of its own, before anything of Paravane's."""
    before = result.out.split("paravane: ")[0]
    lines = re.findall(r"^refhv: launch digest (.*?)\r*$", result.out, re.MULTILINE)
    assert len(lines) == 1 and lines[0] in before, result
    return lines[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("launch")


@pytest.fixture(scope="module")
def good(folder):
    """The default guest, which powers off at once."""
    return build(folder / "good.igvm")


@pytest.fixture(scope="module")
def empty(folder):
    """No guest in it: small. What is refused does not come as far as to miss it."""
    path = folder / "empty.igvm"
    igvm("build", "--image", PARAVANE_ELF, "--output", path)
    return path


@pytest.fixture(scope="module")
def key(folder):
    path = folder / "key.pem"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", str(path)],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def signed(folder, empty, key):
    path = folder / "signed.igvm"
    igvm("sign", empty, "--key", key, "--output", path)
    return path


# ---- The digest ----


@pytest.mark.parametrize("base", first_of(0x50000000, VTL2, None))
def test_digest_is_the_files_at_any_base(run, good, base):
    options = [] if base is None else ["--refhv", f"vtl2-base={base:#x}"]
    result = run("--igvm", str(good), *options)
    assert result.status == 0, result
    assert launched(result) == measure(good)
    where = int(re.search(r"VTL2 (0x[0-9a-f]+)\.\.", result.out)[1], 16)
    assert where == base if base else where not in (0x50000000, VTL2)


def test_guest_is_not_in_the_digest(run, good, tmp_path):
    # A kernel that differs in its version's text, an initrd with one more file, another command line.
    kernel, initrd = tmp_path / "Image", tmp_path / "initrd"
    content = KERNEL.read_bytes()
    assert b"debian-kernel@" in content
    kernel.write_bytes(content.replace(b"debian-kernel@", b"another-kernel"))
    content = INITRD.read_bytes()
    initrd.write_bytes(content + b"\0" * (-len(content) % 4) + archive(b"more", b"more"))
    append = ON_CONSOLE + POWER_OFF.replace("quiet", "loglevel=7 another=1")
    other = build(tmp_path / "other.igvm", kernel=kernel, initrd=initrd, append=append)
    result = run("--igvm", str(other))
    assert result.status == 0, result
    assert "another-kernel" in result.out and "another=1" in result.out, result
    assert launched(result) == measure(other) == measure(good)


def test_image_is_in_the_digest(run, good, tmp_path):
    # One bit of what Paravane says of its policy: so that it is seen to be the changed image that runs.
    changed = File(good)
    text = b"policy: security version"
    assert changed.content.count(text) == 1
    changed.content[changed.content.index(text)] ^= 1
    path = changed.write(tmp_path / "changed.igvm")
    result = run("--igvm", str(path))
    assert result.status == 0, result
    assert "paravane: qolicy: security version" in result.out, result
    assert launched(result) == measure(path) != measure(good)


@more
def test_security_version_is_in_the_digest(run, good, tmp_path):
    path = build(tmp_path / "svn.igvm", "--svn", 1)
    result = run("--igvm", str(path))
    assert result.status == 0, result
    assert "policy: security version 1, console" in result.out, result
    assert launched(result) == measure(path) != measure(good)


def test_hosts_options_are_not_in_the_digest(run, good):
    result = run("--igvm", str(good), "--refhv", "-- debug vsock-echo", "--smp", "1", "--memory", "512M")
    assert result.status == 0, result
    assert launched(result) == measure(good)


# ---- The policy ----


def test_hosts_options_count_under_a_debug_policy_only(run):
    debug = re.compile(r"^paravane: debug: ", re.MULTILINE)
    arguments = ["--append", POWER_OFF, "--refhv", "-- debug"]
    plain = run(*arguments)
    assert plain.status == 0, plain
    assert not debug.search(plain.out), plain
    debugged = run("--debug", *arguments)
    assert debugged.status == 0, debugged
    assert debug.search(debugged.out), debugged
    assert launched(plain) != launched(debugged)


def test_debug_shows_in_the_files_name(paravane, tmp_path):
    for name, options in (("plain.igvm", ["--policy-debug"]), ("x-debug.igvm", [])):
        path = tmp_path / name
        result = paravane("igvm", "build", "--image", str(PARAVANE_ELF), *options, "--output", str(path))
        assert result.status == 1, result
        assert "-debug.igvm" in result.err, result
        assert not path.exists()


# Speaks on the console, and on the disk; there of the kinds of virtio devices too (virtio 1.2, 5: 3 is a console).
SPEAKER = b"""#!/.paravane/busybox sh
b=/.paravane/busybox
$b mkdir -p /proc /sys /dev
$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs devtmpfs /dev
$b modprobe virtio_mmio; $b modprobe virtio_blk
until [ -b /dev/vda ]; do $b usleep 10000; done
echo the guest was here >/dev/console
{ echo the guest was here; $b cat /sys/bus/virtio/devices/*/device; echo end; } >/dev/vda
$b sync
$b stty sane </dev/console
$b poweroff -f
"""


@pytest.mark.parametrize("console", [True, False])
def test_console_is_the_policys(run, folder, good, console):
    initrd = folder / "speaker"
    content = INITRD.read_bytes()
    initrd.write_bytes(content + b"\0" * (-len(content) % 4) + archive(b"speaker", SPEAKER))
    path = build(folder / f"console-{console}.igvm", *([] if console else ["--no-console"]), initrd=initrd,
                 append=ON_CONSOLE + "rdinit=/speaker")  # fmt: skip
    disk = folder / "disk.img"
    disk.write_bytes(bytes(PAGE))
    result = run("--igvm", str(path), "--disk", str(disk))
    assert result.status == 0, result
    said = disk.read_bytes().split(b"end")[0].decode().splitlines()
    assert said[0] == "the guest was here" and "0x0002" in said, result
    assert ("0x0003" in said) == console, said
    everything = result.out + result.err
    assert ("the guest was here" in everything) == console, result
    assert ("Linux version" in everything) == console, result
    # No line is anybody's but refhv's and Paravane's.
    lines = [line for line in everything.replace("\r", "\n").split("\n") if line.strip()]
    own = [line for line in lines if line.startswith(("refhv: ", "paravane: "))]
    assert (lines == own) != console, result
    assert f"policy: security version 0, {'' if console else 'no '}console" in result.out, result
    assert launched(result) == measure(path)
    assert (measure(path) == measure(good)) == console


@pytest.fixture
def attesting(folder, key, tmp_path):
    """A file whose policy asks for attestation."""
    anchor = tmp_path / "ca.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-new", "-key", str(key), "-subj", "/CN=test", "-days", "2",
         "-out", str(anchor)],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    manifest = tmp_path / "manifest.json"
    policy = {"attest": True, "server": "https://kbs.example", "resource": "default/key/disk",
              "trust_anchors": ["ca.pem"]}  # fmt: skip
    guest = {"kernel": str(KERNEL), "initrd": str(INITRD), "command_line": ON_CONSOLE + POWER_OFF}
    manifest.write_text(json.dumps({"version": 1, "image": str(PARAVANE_ELF), "guest": guest, "policy": policy}))
    path = tmp_path / "attest.igvm"
    igvm("build", "--manifest", manifest, "--output", path)
    return path


def test_policy_that_asks_for_attestation(run, attesting):
    # Without the server there is no guest.
    result = run("--igvm", str(attesting))
    assert result.status == 125, result
    last = result.out.rstrip().splitlines()[-1]
    assert last.startswith("paravane: cannot start: attestation: name resolution: "), result
    assert "Paravane stopped itself" in result.err, result
    assert "Linux version" not in result.out
    assert launched(result) == measure(attesting)


# ---- Signed files ----


def test_signed_file_boots(run, folder, good, key):
    path = folder / "signed-good.igvm"
    igvm("sign", good, "--key", key, "--output", path)
    assert len(list(File(path).bodies(VBS_MEASUREMENT))) == 1
    result = run("--igvm", str(path))
    assert result.status == 0, result
    # The signature is not part of what it signs.
    assert launched(result) == measure(path) == measure(good)


# ---- Refused ----


def refused(run, path, reason, *options):
    result = run("--igvm", str(path), *options, timeout=60)
    assert result.status == 125, result
    assert re.search(rf"^refhv: fatal: .*{re.escape(reason)}", result.out, re.MULTILINE), result
    assert result.err.rstrip().endswith("refhv stopped the machine (its reason is above)"), result
    assert "paravane: " not in result.out, "Paravane has run"


def truncated(file):
    del file.content[-PAGE:]


def checksum(file):
    file.content[20] ^= 0x10


def header_bit(file):
    # The address of a page, and the checksum left as it was.
    file.content[file.page(VTL2) + 1] ^= 0x10


def error_range(file):
    file.add(ERROR_RANGE, struct.pack("<QII", 0x60000000, 1, PAGE))
    file.mend()


def page_of_the_hosts(file):
    # A shared page, which no digest knows of, where Paravane's first page is.
    struct.pack_into("<I", file.content, file.page(VTL2) + 16, SHARED)
    file.mend()


def page_over_a_page(file):
    file.add(PAGE_DATA, struct.pack("<QIIIHH", VTL2, 1, 0, SHARED, 0, 0))
    file.mend()


def region_that_is_less(file):
    # Then most of what VTL2 wants lies outside the memory that is taken away from VTL0.
    region = next(file.bodies(RELOCATABLE_REGION))
    struct.pack_into("<Q", file.content, region + 24, PAGE)
    file.mend()


@pytest.mark.parametrize(
    "damage, reason",
    [
        (truncated, "not as long as its header says"),
        (checksum, "wrong checksum over the headers"),
        (header_bit, "wrong checksum over the headers"),
        (error_range, "error ranges are not supported"),
        (page_of_the_hosts, "page data with the shared flag in the memory of VTL2"),
        (page_over_a_page, "page data does not ascend by address"),
        (region_that_is_less, "lie across an end of VTL2's region"),
    ],
)
def test_refused(run, empty, tmp_path, damage, reason):
    file = File(empty)
    damage(file)
    refused(run, file.write(tmp_path / "damaged.igvm"), reason)


def page_bit(file):
    # Of a measured page: no checksum is over it.
    file.content[file.data(VTL2) + 123] ^= 0x40


def digest_bit(file):
    file.content[next(file.bodies(VBS_MEASUREMENT)) + 32 + 31] ^= 1
    file.mend()


@pytest.mark.parametrize("damage", [page_bit, digest_bit])
def test_signed_for_something_else(run, signed, tmp_path, damage):
    file = File(signed)
    damage(file)
    refused(run, file.write(tmp_path / "other.igvm"), "the launch digest is not the one that the file's signed")


def test_vtl2_goes_to_no_place_of_a_page(run, good):
    # The kernel is there, in shared pages: they would be in the place of Paravane's own, measured as something else.
    refused(run, good, "VTL2 can't go to vtl2-base=0x42000000", "--refhv", "vtl2-base=0x42000000")
