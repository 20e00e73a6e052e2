# SPDX-License-Identifier: BSD-3-Clause
"""Files that `igvm build` makes from manifests at random: parsed, checked, measured and written again by the model, and
compared with the manifest. Layouts of the policy page and the guest page: boot/igvm/igvm_policy.h, igvm_guest.h.
"""

import gzip
import hashlib
import json
import pathlib
import shutil
import ssl
import struct
import subprocess

import pytest

from igvm_format import PAGE, SHARED, UNMEASURED, context_registers, measure, parse, write
from igvm_recipe import Recipe
from igvm_rules import check
from igvm_tool import ROOT, igvm

RECIPES = 80
VTL2_BASE = 0x41000000
KERNEL = 0x42000000
X0, X1, X2, PC = 0x20000, 0x20001, 0x20002, 0x20022


def built(recipe):
    output = recipe.folder / recipe.output
    done = igvm("build", "--manifest", recipe.path, "--output", output)
    assert done.returncode == 0, done
    return output, output.read_bytes()


def of(headers, name):
    return [header for header in headers if header.name == name]


def memory(headers, gpa, count):
    """What a loader would have put there. Pages that no header is of count as zeros."""
    pages = {page.gpa: page for page in of(headers, "PAGE_DATA")}
    found = bytearray()
    for at in range(gpa, gpa + count, PAGE):
        page = pages.get(at)
        found += page.data if page is not None and page.data is not None else bytes(PAGE)
    return bytes(found[:count])


def flags(headers, gpa, count):
    return {page.flags for page in of(headers, "PAGE_DATA") if gpa <= page.gpa < gpa + count}


def start(headers):
    """First registers, as offsets from the image: {number: value}."""
    (context,) = of(headers, "VP_CONTEXT")
    registers = context_registers(context.data)
    assert {vtl for vtl, _, _ in registers} == {2}
    return {number: value for _, number, value in registers}


def compare_with_model(raw, path):
    assert check(raw) == []
    headers = parse(raw)
    assert write(headers) == raw
    done = igvm("measure", "--short", path)
    assert (done.returncode, done.stdout) == (0, measure(headers) + "\n")
    # Section 6: ascending.
    for name in ("PAGE_DATA", "PARAMETER_INSERT"):
        places = [header.gpa for header in of(headers, name)]
        assert places == sorted(places)
    return headers


def compare_image(recipe, headers, registers):
    text = (recipe.folder / "image.elf").read_bytes()[0x1000:]
    assert memory(headers, VTL2_BASE, len(text)) == text
    assert flags(headers, VTL2_BASE, len(text)) == {0}
    assert registers[PC] == VTL2_BASE
    (insert,) = of(headers, "PARAMETER_INSERT")
    assert insert.gpa == VTL2_BASE + registers[X0]


def compare_policy(recipe, headers, registers):
    page = memory(headers, VTL2_BASE + registers[X2], PAGE)
    assert flags(headers, VTL2_BASE + registers[X2], PAGE) == {0}
    policy = {"attest": False, "console": True, "debug": False, **recipe.manifest.get("policy", {})}
    bits = policy["attest"] + 2 * policy["console"] + 4 * policy["debug"]
    expected = struct.pack("<8sIIII8x", b"PVPOLCY0", 1, 32, bits, recipe.manifest.get("svn", 0))
    assert page == expected.ljust(PAGE, b"\0")


def compare_evidence(recipe, headers, registers, path):
    """docs/attestation.md: what evidence must say. The device tree comes from a library: tests/e2e holds it to a guest's."""
    done = igvm("measure", "--rem", path)
    guest = recipe.manifest.get("guest", {})
    main = "kernel" if "kernel" in guest else "firmware"
    if not guest.get(main):
        assert done.returncode == 1 and "no guest" in done.stderr
        return
    said = json.loads(done.stdout)
    page = memory(headers, VTL2_BASE + registers[X2], PAGE)
    content = (recipe.folder / guest[main]).read_bytes()
    if main == "kernel" and content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    initrd = (recipe.folder / guest["initrd"]).read_bytes() if guest.get("initrd") else b""
    events = [(1, "policy", page), (2, main, content), (2, "initrd", initrd),
              (3, "command line", guest.get("command_line", "").encode())]
    values = {number: bytes(32) for number in range(1, 5)}
    for event, (number, name, data) in zip(said["events"], events):
        digest = hashlib.sha256(data).digest()
        assert event == {"register": number, "name": name, "digest": digest.hex()}
        values[number] = hashlib.sha256(values[number] + hashlib.sha256(name.encode()).digest() + digest).digest()
    tree = said["events"][4]
    assert (tree["register"], tree["name"], len(said["events"])) == (4, "device tree", 5)
    values[4] = hashlib.sha256(
        bytes(32) + hashlib.sha256(b"device tree").digest() + bytes.fromhex(tree["digest"])).digest()
    assert said["rem"] == [values[number].hex() for number in range(1, 5)]
    assert said["rim"] == measure(headers)
    assert said["rpv"] == (hashlib.sha256(page).digest() + bytes(32)).hex()
    assert (said["hash"], said["svn"]) == ("sha-256", recipe.manifest.get("svn", 0))
    assert said["debug"] == recipe.manifest.get("policy", {}).get("debug", False)


def compare_guest(recipe, headers, registers):
    page = memory(headers, VTL2_BASE + registers[X1], PAGE)
    assert flags(headers, VTL2_BASE + registers[X1], PAGE) == {UNMEASURED}
    magic, _, kind, kernel_gpa, kernel_bytes, initrd_gpa, initrd_bytes, length, _ = struct.unpack_from(
        "<8sIIQQQQII", page)
    assert magic == b"PVGUEST0"
    guest = recipe.manifest.get("guest", {})
    main = guest.get("kernel") or guest.get("firmware")
    assert kind == (1 if "kernel" in guest else 2 if main else 0)
    outside = {header.gpa for header in of(headers, "PAGE_DATA") if header.gpa >= KERNEL}
    for name, gpa, count in ((main, kernel_gpa, kernel_bytes), (guest.get("initrd"), initrd_gpa, initrd_bytes)):
        if not name:
            assert (gpa, count) == (0, 0)
            continue
        content = (recipe.folder / name).read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        assert gpa >= KERNEL and gpa % 0x200000 == 0
        assert (memory(headers, gpa, count), count) == (content, len(content))
        outside -= set(range(gpa, gpa + count, PAGE))
        # No word of the digest is about the guest.
        assert flags(headers, gpa, count) == {SHARED}
    assert not outside
    assert page[56:56 + length].decode() == guest.get("command_line", "")


@pytest.mark.parametrize("seed", range(RECIPES))
def test_random_manifest(tmp_path, seed):
    recipe = Recipe(seed, tmp_path / "recipe")
    path, raw = built(recipe)
    headers = compare_with_model(raw, path)
    registers = start(headers)
    compare_image(recipe, headers, registers)
    compare_policy(recipe, headers, registers)
    compare_guest(recipe, headers, registers)
    compare_evidence(recipe, headers, registers, path)
    assert built(recipe)[1] == raw


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificates")
def test_policy_page_with_trust_anchors(tmp_path):
    """Three certificates, two of them in one file, stored as DER in the manifest's order."""
    recipe = Recipe(4, tmp_path / "recipe")
    pem = []
    for name in ("one", "two", "three"):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-keyout", tmp_path / "key", "-subj", f"/CN={name}"]
        done = subprocess.run(command, check=True, capture_output=True, timeout=60)
        pem.append(done.stdout)
    recipe.put("two.pem", pem[0] + pem[1])
    recipe.put("one.pem", pem[2])
    server, resource = b"https://kbs.example:8443/kbs", b"default/key/disk"
    recipe.path.write_text(json.dumps({
        "version": 1, "image": "image.elf", "svn": 5,
        "policy": {"attest": True, "console": False, "certificate_dates": True, "server": server.decode(), "resource": resource.decode(),
                   "trust_anchors": ["two.pem", "one.pem"]}}), encoding="utf-8")
    recipe.output = "out.igvm"
    path, raw = built(recipe)
    headers = compare_with_model(raw, path)
    page = memory(headers, VTL2_BASE + start(headers)[X2], PAGE)
    expected = server + resource
    for text in pem:
        der = ssl.PEM_cert_to_DER_cert(text.decode())
        expected += struct.pack("<H", len(der)) + der
    head = struct.pack("<8sIIIIHHHH", b"PVPOLCY0", 1, 32 + len(expected), 9, 5, len(server), len(resource), 3, 0)
    assert page == (head + expected).ljust(PAGE, b"\0")


@pytest.mark.parametrize("wrong", [["--vps", "0"], ["--vps", "9"], ["--disks", "9"], ["--ram", "0x40000000"],
                                   ["--ram", "0x40000000:0"], ["--ram", "x:1M"]])
def test_machine_that_can_not_be(tmp_path, wrong):
    assert igvm("measure", "--rem", *wrong, tmp_path / "file").returncode == 2


def test_device_tree_tells_the_machine(tmp_path):
    """Each thing that a host may give otherwise is in the last register, and in no other."""
    recipe = Recipe(3, tmp_path / "recipe")
    recipe.put("firmware.bin", b"firmware")
    recipe.path.write_text(json.dumps({"version": 1, "image": "image.elf", "guest": {"firmware": "firmware.bin"}}),
                           encoding="utf-8")
    recipe.output = "out.igvm"
    path, _ = built(recipe)
    machines = [[], ["--vps", "3"], ["--disks", "1"], ["--no-net"], ["--ram", "0x40000000:512M"],
                ["--ram", "0x40000000:16M", "--ram", "0x42000000:512M"]]
    said = [json.loads(igvm("measure", "--rem", *machine, path).stdout)["rem"] for machine in machines]
    assert len({tuple(registers[:3]) for registers in said}) == 1
    assert len({registers[3] for registers in said}) == len(machines)
    usual = ["--vps", "2", "--disks", "0", "--ram", "0x40000000:1010M"]
    assert json.loads(igvm("measure", "--rem", *usual, path).stdout)["rem"] == said[0]


def test_digest_is_of_image_and_policy_alone(tmp_path):
    """Another guest is the same digest; another policy, SVN or bit of the image is another one."""
    recipe = Recipe(3, tmp_path / "recipe")

    def digest(**changes):
        manifest = {"version": 1, "image": "image.elf", **changes}
        recipe.path.write_text(json.dumps(manifest), encoding="utf-8")
        recipe.output = "out-debug.igvm" if manifest.get("policy", {}).get("debug") else "out.igvm"
        return measure(parse(built(recipe)[1]))

    recipe.put("firmware.bin", b"firmware")
    recipe.put("another.bin", b"f" * 3 * PAGE)
    first = digest()
    assert digest(guest={"firmware": "firmware.bin"}) == first
    assert digest(guest={"firmware": "another.bin"}) == first
    others = [digest(svn=1), digest(policy={"console": False}), digest(policy={"debug": True})]
    image = bytearray((recipe.folder / "image.elf").read_bytes())
    image[-1] ^= 1
    recipe.put("image.elf", bytes(image))
    assert len({first, digest(), *others}) == 5


def test_image_of_this_tree(tmp_path):
    """The real one, if it is built."""
    image = pathlib.Path(ROOT / "build/image/boot/paravane.elf")
    if not image.exists():
        pytest.skip("build/image is not there")
    output = tmp_path / "out.igvm"
    done = igvm("build", "--image", image, "--output", output)
    assert done.returncode == 0, done
    compare_with_model(output.read_bytes(), output)
