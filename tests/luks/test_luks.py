# SPDX-License-Identifier: BSD-3-Clause
"""Containers that stock cryptsetup makes with every option that is allowed, opened by devices/luks; what it must refuse,
and what is left of a header that somebody broke. Layout: LUKS2 On-Disk Format Specification 1.1.
"""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

OPEN = os.environ["PARAVANE_OPEN_LUKS"]
CRYPTSETUP = shutil.which("cryptsetup", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
MIB = 1 << 20
KEY = b"a key that an attestation server has released\n"
QUICK = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
HEADER = 0x4000  # of each, unless told otherwise
SUM = 448

pytestmark = pytest.mark.skipif(not CRYPTSETUP, reason="cryptsetup makes the containers")


def cryptsetup(*arguments):
    done = subprocess.run([CRYPTSETUP, "-q", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done
    return done.stdout


class Container:
    def __init__(self, folder, *options, size=40 * MIB, key=KEY):
        self.path, self.key = folder / "disk", folder / "key"
        self.key.write_bytes(key)
        with open(self.path, "wb") as disk:
            disk.truncate(size)
        cryptsetup("luksFormat", "--type", "luks2", *QUICK, "--key-file", self.key, *options, self.path)

    def metadata(self, at=0):
        size = struct.unpack_from(">Q", self.bytes(), at + 8)[0]
        return json.loads(self.bytes()[at + 4096:at + size].split(b"\0")[0])

    def bytes(self):
        return self.path.read_bytes()

    def write(self, at, data):
        with open(self.path, "r+b") as disk:
            disk.seek(at)
            disk.write(data)

    def volume_key(self):
        out = cryptsetup("luksDump", "--dump-volume-key", "--key-file", self.key, self.path)
        return bytes.fromhex(re.sub(r"[^0-9a-f]", "", out.split("MK dump:")[1]))

    def set_metadata(self, change, at=0, sequence=None):
        """Writes one header again, with its checksum: what a host can do to any disk."""
        metadata = self.metadata()
        change(metadata)
        whole = bytearray(self.bytes()[at:at + HEADER])
        whole[4096:] = json.dumps(metadata).encode().ljust(HEADER - 4096, b"\0")
        self.seal(whole, at, sequence)

    def seal(self, whole, at, sequence=None):
        if sequence is not None:
            struct.pack_into(">Q", whole, 16, sequence)
        whole[SUM:SUM + 64] = bytes(64)
        whole[SUM:SUM + 32] = hashlib.sha256(whole).digest()
        self.write(at, whole)

    def open(self, *sectors, key=None):
        done = subprocess.run([OPEN, self.path, key or self.key, *map(str, sectors)], capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode in (0, 1), done
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()


def expect_good(container):
    """Place and plain text as they must be, by other means."""
    segment = container.metadata()["segments"]["0"]
    unit, offset = segment["sector_size"], int(segment["offset"])
    disk = container.bytes()
    sectors = (len(disk) - offset) // unit * unit // 512
    units = [0, 1, sectors * 512 // unit - 1]
    for number in units:
        container.write(offset + number * unit, os.urandom(unit))
    disk, key = container.bytes(), container.volume_key()
    status, lines = container.open(*[number * unit // 512 for number in units])
    assert (status, lines[0]) == (0, f"{offset // 512} {sectors} {unit}")
    for number, line in zip(units, lines[1:], strict=True):
        # plain64 counts sectors of 512 bytes, whatever the unit (dm-crypt without iv_large_sectors).
        iv = (number * unit // 512).to_bytes(16, "little")
        cipher = Cipher(algorithms.AES(key), modes.XTS(iv)).decryptor()
        data = disk[offset + number * unit:offset + (number + 1) * unit]
        assert bytes.fromhex(line) == cipher.update(data) + cipher.finalize()


def refused(container, words, **options):
    status, lines = container.open(**options)
    assert status == 1 and words in lines[0], lines


OPTIONS = [
    [],
    ["--sector-size", "512"],
    ["--sector-size", "1024"],
    ["--sector-size", "2048"],
    ["--sector-size", "4096"],
    ["--key-size", "256"],
    ["--key-size", "512", "--hash", "sha512"],
    ["--key-size", "256", "--hash", "sha512", "--sector-size", "512"],
    ["--luks2-metadata-size", "64k", "--luks2-keyslots-size", "1m"],
    ["--luks2-metadata-size", "4m", "--luks2-keyslots-size", "2m"],
    ["--offset", "65536"],
    ["--keyslot-key-size", "256", "--keyslot-cipher", "aes-xts-plain64"],
    ["--label", "a \"label\"", "--subsystem", "\\u0041", "--uuid", "00000000-0000-4000-8000-000000000001"],
    ["--key-slot", "31"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_what_cryptsetup_makes(tmp_path, options):
    expect_good(Container(tmp_path, *options))


@pytest.mark.parametrize("size", [1, 31, 32, 64, 65, 129, 512])
def test_any_key(tmp_path, size):
    expect_good(Container(tmp_path, key=os.urandom(size)))


def test_a_disk_that_does_not_end_with_a_unit(tmp_path):
    container = Container(tmp_path, "--sector-size", "4096")
    with open(container.path, "ab") as disk:
        disk.write(bytes(3 * 512))
    expect_good(container)


def test_wrong_key(tmp_path):
    container = Container(tmp_path)
    other = tmp_path / "other"
    other.write_bytes(KEY[:-1])
    refused(container, "no keyslot opens", key=other)


def test_several_keyslots(tmp_path):
    """The right one is found behind others; what is to be ignored is not tried."""
    container = Container(tmp_path)
    second = tmp_path / "second"
    second.write_bytes(b"second")
    cryptsetup("luksAddKey", *QUICK, "--key-file", container.key, container.path, second)
    assert container.open(key=second)[0] == 0
    cryptsetup("config", "--priority", "prefer", "--key-slot", "1", container.path)
    assert container.open()[0] == 0
    assert container.open(key=second)[0] == 0
    cryptsetup("config", "--priority", "ignore", "--key-slot", "1", container.path)
    refused(container, "no keyslot opens", key=second)
    cryptsetup("luksKillSlot", "--key-file", container.key, container.path, "1")
    assert container.open()[0] == 0


def test_prefer_is_tried_first(tmp_path):
    """Of many keyslots, one of each length of key for its area, all give the one volume key."""
    container = Container(tmp_path, "--key-size", "256", "--hash", "sha512")
    keys = [tmp_path / f"key{slot}" for slot in range(1, 8)]
    for slot, path in enumerate(keys, 1):
        path.write_bytes(os.urandom(slot))
        cryptsetup("luksAddKey", *QUICK, "--key-slot", slot, "--hash", ["sha256", "sha512"][slot % 2], "--keyslot-cipher",
                   "aes-xts-plain64", "--keyslot-key-size", [256, 512][slot % 2], "--key-file", container.key,
                   container.path, path)
    cryptsetup("config", "--priority", "prefer", "--key-slot", "7", container.path)
    assert {slot["area"]["key_size"] for slot in container.metadata()["keyslots"].values()} == {32, 64}
    for path in keys:
        assert container.open(0, key=path) == container.open(0)
    expect_good(container)


def test_unbound_keyslots_are_not_tried(tmp_path):
    """Their key is another than the volume's, and of any length."""
    container = Container(tmp_path)
    other = tmp_path / "other"
    other.write_bytes(b"other")
    cryptsetup("luksAddKey", "--unbound", "--key-size", "256", *QUICK, container.path, other)
    assert len(container.metadata()["digests"]) == 2
    refused(container, "no keyslot opens", key=other)
    expect_good(container)


def test_tokens_and_flags_change_nothing(tmp_path):
    container = Container(tmp_path)
    token = tmp_path / "token"
    token.write_text('{"type": "another\u00e9", "keyslots": ["0"], "deep": [[[{"a": [1, -2.5e3, true, null]}]]]}')
    cryptsetup("token", "import", "--json-file", token, container.path)
    cryptsetup("token", "add", "--key-description", "name", container.path)
    assert len(container.metadata()["tokens"]) == 2
    expect_good(container)


def test_reencryption_under_way(tmp_path):
    """Its payload is encrypted by two keys: nothing that one of them opens."""
    container = Container(tmp_path)
    cryptsetup("reencrypt", "--init-only", *QUICK, "--key-file", container.key, container.path)
    assert container.metadata()["config"]["requirements"]["mandatory"]
    refused(container, "reencryption is not ended")


def test_headers_that_cryptsetup_repairs(tmp_path):
    """What it writes over a broken header is good again, and newer."""
    container = Container(tmp_path)
    before = struct.unpack_from(">Q", container.bytes(), 16)[0]
    container.write(4096, b"broken")
    assert container.open()[0] == 0
    cryptsetup("repair", container.path)
    cryptsetup("config", "--label", "repaired", container.path)
    assert struct.unpack_from(">Q", container.bytes(), 16)[0] > before
    container.write(HEADER, bytes(HEADER))
    expect_good(container)


def test_argon2_says_what_to_do(tmp_path):
    container = Container(tmp_path)
    second = tmp_path / "second"
    second.write_bytes(b"second")
    cryptsetup("luksAddKey", "--pbkdf", "argon2id", "--pbkdf-memory", "1024", "--pbkdf-force-iterations", "4",
               "--key-file", container.key, container.path, second)
    assert container.open()[0] == 0
    cryptsetup("luksKillSlot", "--key-file", second, container.path, "0")
    refused(container, "luksConvertKey --pbkdf pbkdf2", key=second)
    cryptsetup("luksConvertKey", *QUICK, "--key-file", second, container.path)
    assert container.open(key=second)[0] == 0


def test_luks1(tmp_path):
    container = Container(tmp_path)
    container.write(0, bytes(8 * MIB))
    cryptsetup("luksFormat", "--type", "luks1", "--pbkdf-force-iterations", "1000", "--key-file", container.key, container.path)
    refused(container, "convert --type luks2")


@pytest.mark.parametrize("cipher, bits", [("aes-cbc-essiv:sha256", 256), ("aes-xts-plain", 512)])
def test_other_ciphers(tmp_path, cipher, bits):
    refused(Container(tmp_path, "--cipher", cipher, "--key-size", bits), "another cipher")


def test_no_container(tmp_path):
    container = Container(tmp_path)
    container.write(0, bytes(20 * MIB))
    refused(container, "no LUKS2 header")


def test_first_header_broken(tmp_path):
    """The second one counts then, wherever it is."""
    for size in ("16k", "64k", "4m"):
        container = Container(tmp_path, "--luks2-metadata-size", size, "--luks2-keyslots-size", "4m")
        before = container.bytes()[4096 + 10:4096 + 11]
        for at, data in ((4096 + 10, b"\xff"), (0, bytes(4096))):
            container.write(at, data)
            assert container.open()[0] == 0
        assert before != b"\xff"


def test_second_header_broken(tmp_path):
    container = Container(tmp_path)
    container.write(HEADER + 4096 + 10, b"\xff")
    expect_good(container)


def test_both_headers_broken(tmp_path):
    container = Container(tmp_path)
    container.write(4096 + 10, b"\xff")
    container.write(HEADER + 4096 + 10, b"\xff")
    refused(container, "checksum")


def test_the_newer_header_counts(tmp_path):
    container = Container(tmp_path)

    def tweak(metadata):
        metadata["segments"]["0"]["iv_tweak"] = "77"

    container.set_metadata(tweak, at=HEADER, sequence=1)
    expect_good(container)
    container.set_metadata(tweak, at=HEADER, sequence=1 << 40)
    refused(container, "iv_tweak that is not 0")


def test_iv_tweak(tmp_path):
    """A host that has the volume begin at its sector 8, with the numbers that belong to what is there."""
    container = Container(tmp_path)
    container.set_metadata(lambda metadata: metadata["segments"]["0"].update(
        offset=str(int(metadata["segments"]["0"]["offset"]) + 4096), iv_tweak="8"))
    container.write(HEADER, bytes(HEADER))
    refused(container, "iv_tweak that is not 0")


def segment(**changes):
    return lambda metadata: metadata["segments"]["0"].update(changes)


def keyslot(**changes):
    return lambda metadata: metadata["keyslots"]["0"].update(changes)


def area(**changes):
    return lambda metadata: metadata["keyslots"]["0"]["area"].update(changes)


def kdf(**changes):
    return lambda metadata: metadata["keyslots"]["0"]["kdf"].update(changes)


def digest(**changes):
    return lambda metadata: metadata["digests"]["0"].update(changes)


CHANGES = [
    # Nothing that a host writes into a header makes Paravane take other data for the volume's: not where it begins.
    (segment(type="linear"), "not encrypted"),
    (segment(encryption="cipher_null-ecb"), "another cipher"),
    (segment(encryption="aes-xts-plain"), "another cipher"),
    (segment(integrity={"type": "hmac(sha256)"}), "integrity"),
    (segment(offset="0"), "detached"),
    (segment(offset="512"), "begins in the header"),
    (segment(offset="16777217"), "begins in the header"),
    (segment(offset="-1"), "offset"),
    (segment(offset="99999999999999999999"), "offset"),
    (segment(offset=str(1 << 63)), "behind the disk's end"),
    (segment(offset=str(40 * MIB)), "ends before"),
    (segment(size="4095"), "longer than the disk"),
    (segment(size=str(1 << 63)), "longer than the disk"),
    (segment(size="0"), "ends before"),
    (segment(sector_size=8192), "sector size"),
    (segment(sector_size=513), "sector size"),
    (segment(sector_size="512"), "sector size"),
    (segment(iv_tweak=1), "iv_tweak"),
    (segment(iv_tweak="1"), "iv_tweak that is not 0"),
    (lambda metadata: metadata["segments"].update({"1": metadata["segments"]["0"]}), "more than one segment"),
    (lambda metadata: metadata.update(segments={}), "no segment"),
    (lambda metadata: metadata.update(segments=[]), "no segment"),
    (lambda metadata: metadata["config"].update(requirements={"mandatory": ["online-reencrypt-v2"]}), "reencryption"),
    (lambda metadata: metadata["config"].update(requirements={"mandatory": 1}), "requirements"),
    (lambda metadata: metadata.pop("config"), "config"),
    (keyslot(type="reencrypt"), "another type"),
    (keyslot(key_size=16), "256 nor of 512"),
    (keyslot(key_size=65), "256 nor of 512"),
    (keyslot(key_size=1 << 40), "256 nor of 512"),
    (keyslot(priority=3), "no keyslot"),
    (area(offset="0"), "area"),
    (area(offset="32769"), "area"),
    (area(offset=str((1 << 64) - 512)), "area"),
    (area(size="255999"), "area"),
    (area(size=str((1 << 64) - 1)), "area"),
    (area(encryption="aes-cbc-plain"), "keyslot-cipher"),
    (area(key_size=16), "keyslot-cipher"),
    (area(type="none"), "keyslot-cipher"),
    (kdf(iterations=0), "PBKDF2"),
    (kdf(iterations=10000001), "PBKDF2"),
    (kdf(iterations=1.5), "PBKDF2"),
    (kdf(hash="md5"), "PBKDF2"),
    (kdf(salt=""), "PBKDF2"),
    (kdf(salt="A" * 90), "PBKDF2"),
    (kdf(salt="?"), "PBKDF2"),
    (kdf(type="argon2id"), "Argon2"),
    (lambda metadata: metadata["keyslots"]["0"]["af"].update(stripes=3999), "split"),
    (lambda metadata: metadata["keyslots"]["0"]["af"].update(type="luks2"), "split"),
    (lambda metadata: metadata["keyslots"]["0"].pop("kdf"), "key derivation"),
    (lambda metadata: metadata.update(keyslots={"32": metadata["keyslots"]["0"]}), "no keyslot"),
    (lambda metadata: metadata.update(keyslots={}), "no keyslot"),
    (digest(type="none"), "digest"),
    (digest(digest="AAAA"), "short digest"),
    (digest(digest="A" * 120), "digest"),
    (digest(segments=[]), "digest"),
    (digest(keyslots=[]), "no keyslot"),
    (digest(iterations=0), "digest"),
    (lambda metadata: metadata["digests"].update({"1": metadata["digests"]["0"]}), "more than one digest"),
    (lambda metadata: metadata.update(digests={}), "digest"),
    (lambda metadata: metadata.update({str(i): 0 for i in range(70)}), "can't be read"),
]


@pytest.mark.parametrize("change", range(len(CHANGES)))
def test_changed_metadata(tmp_path, change):
    container = Container(tmp_path, "--sector-size", "512")
    container.set_metadata(CHANGES[change][0])
    container.write(HEADER, bytes(HEADER))
    refused(container, CHANGES[change][1])


BINARY = [
    (6, b"\0\3", "version 2"),
    (8, struct.pack(">Q", 0x3000), "version 2"),
    (8, struct.pack(">Q", 0x6000), "version 2"),
    (8, struct.pack(">Q", 0x800000), "version 2"),
    (72, b"sha512\0", "not SHA-256"),
    (256, struct.pack(">Q", 0x4000), "version 2"),
]


@pytest.mark.parametrize("at,data,words", BINARY)
def test_changed_binary_header(tmp_path, at, data, words):
    container = Container(tmp_path)
    whole = bytearray(container.bytes()[:HEADER])
    whole[at:at + len(data)] = data
    container.seal(whole, 0)
    container.write(HEADER, bytes(HEADER))
    refused(container, words)


def test_something_behind_the_text(tmp_path):
    container = Container(tmp_path)
    whole = bytearray(container.bytes()[:HEADER])
    whole[-1] = 1
    container.seal(whole, 0)
    container.write(HEADER, bytes(HEADER))
    refused(container, "behind its end")


def test_each_part_of_the_keyslot_area_counts(tmp_path):
    container = Container(tmp_path)
    offset = int(container.metadata()["keyslots"]["0"]["area"]["offset"])
    for at in (0, 511, 100000, 4000 * 64 - 1):
        before = container.bytes()[offset + at]
        container.write(offset + at, bytes([before ^ 1]))
        refused(container, "no keyslot opens")
        container.write(offset + at, bytes([before]))
    assert container.open()[0] == 0


def test_short_disks(tmp_path):
    container = Container(tmp_path)
    whole = container.bytes()
    for size in (0, 512, 4096, HEADER - 512, HEADER, 2 * HEADER, 32768 + 255488, 16 * MIB):
        container.path.write_bytes(whole[:size])
        assert container.open()[0] == 1
