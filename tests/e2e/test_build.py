# SPDX-License-Identifier: BSD-3-Clause
"""What ./paravane build leaves: the file, the build record and the bill of materials, checked against the files
themselves, the tools' own answers and the rules of SPDX 2.3 (clauses in brackets)."""

import hashlib
import json
import re
import subprocess

import pytest

from conftest import ROOT, call

BUILD = ROOT / "build"
ELF = BUILD / "image/boot/paravane.elf"
REFHV = BUILD / "image/host/refhv/refhv.elf"
LOCK = ROOT / "third_party/archives.lock"
# [Annex D] what an expression is made of; names are those of the SPDX licence list that we use.
LICENCES = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
}
RELATIONSHIPS = {"DESCRIBES", "CONTAINS", "STATIC_LINK", "GENERATED_FROM"}


def digest(path, kind="sha256"):
    return hashlib.new(kind, path.read_bytes()).hexdigest()


def locked():
    """The rows of the lock: name to (version, hash, place)."""
    rows = {}
    for line in LOCK.read_text().splitlines():
        if line and not line.startswith("#"):
            name, version, sha256, place, _ = line.split(maxsplit=4)
            rows[name] = (version, sha256, place)
    return rows


@pytest.fixture(scope="module")
def built():
    result = call("build", limit=600)
    assert result.status == 0, result
    return result


@pytest.fixture(scope="module")
def record(built):
    return json.loads((BUILD / "paravane.build.json").read_text())


@pytest.fixture(scope="module")
def spdx(built):
    return json.loads((BUILD / "paravane.spdx.json").read_text())


def by_id(elements):
    found = {element["SPDXID"]: element for element in elements}
    assert len(found) == len(elements), "an identifier is there twice"
    return found


def related(spdx, kind):
    return [
        (row["spdxElementId"], row["relatedSpdxElement"])
        for row in spdx["relationships"]
        if row["relationshipType"] == kind
    ]


def test_file_is_there(built):
    assert (BUILD / "paravane.igvm").read_bytes()[:4] == b"IGVM"


def test_record_has_the_hash_of_each_output(record):
    names = {output["file"] for output in record["outputs"]}
    assert {
        "build/paravane.igvm",
        "build/image/boot/paravane.elf",
        "build/image/boot/paravane.bin",
        "build/image/host/refhv/refhv.img",
        "build/guest/initrd",
    } <= names
    for output in record["outputs"]:
        path = ROOT / output["file"]
        assert output["sha256"] == digest(path), output
        assert output["bytes"] == path.stat().st_size


def test_record_has_source_tools_and_archives(record):
    head = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    if head.returncode == 0:
        assert record["source"]["commit"] == head.stdout.strip()
        assert record["source"]["tree"] in ("clean", "changed")
    assert set(record["tools"]) == {"clang", "lld", "llvm-ar", "llvm-objcopy", "ninja", "cmake"}
    for name, version in record["tools"].items():
        assert re.search(r"\d+\.\d+", version), name
    assert {
        row["name"]: (row["version"], row["sha256"], row["place"]) for row in record["archives"]
    } == locked()
    assert "-O2" in record["compile"]["vmm"][0]
    assert "-T" in record["link"]["paravane"]


def test_nothing_tells_where_it_was_built(built):
    """But for the commands' own paths, as /usr/bin: those are the tools'."""
    for name in ("paravane.build.json", "paravane.spdx.json"):
        assert str(ROOT) not in (BUILD / name).read_text()
    for path in (ELF, REFHV, BUILD / "paravane.igvm"):
        assert str(ROOT).encode() + b"/" not in path.read_bytes(), path


def test_manifests_are_the_same_but_for_the_guest():
    manifest = json.loads((ROOT / "boot/paravane.json").read_text())
    del manifest["guest"]
    assert manifest == json.loads((ROOT / "boot/paravane-no-guest.json").read_text())


def test_record_is_not_in_the_file(built):
    image = (BUILD / "paravane.igvm").read_bytes()
    assert b"spdx" not in image[: ELF.stat().st_size].lower()


def test_same_again(built):
    before = [digest(BUILD / name) for name in ("paravane.build.json", "paravane.spdx.json")]
    assert call("build", limit=600).status == 0
    assert before == [digest(BUILD / name) for name in ("paravane.build.json", "paravane.spdx.json")]


def test_spdx_document(spdx, record):
    assert spdx["spdxVersion"] == "SPDX-2.3"  # [6.1]
    assert spdx["dataLicense"] == "CC0-1.0"  # [6.2]
    assert spdx["SPDXID"] == "SPDXRef-DOCUMENT"  # [6.3]
    assert spdx["name"]  # [6.4]
    assert re.fullmatch(r"https://[^#\s]+[0-9a-f]{64}", spdx["documentNamespace"])  # [6.5]
    for creator in spdx["creationInfo"]["creators"]:  # [6.8]
        assert re.fullmatch(r"Tool: \S+-\S+|Person: .+|Organization: .+", creator)
    created = spdx["creationInfo"]["created"]  # [6.9]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created)
    assert created == record["source"]["date"]


def expression_is_valid(text, extracted):
    words = [word for word in re.split(r"[ ()]+", text) if word not in ("", "AND", "OR")]
    return text == "NOASSERTION" or all(word in LICENCES or word in extracted for word in words)


def test_spdx_identifiers_and_relationships(spdx):
    elements = [*spdx["packages"], *spdx["files"]]
    known = set(by_id(elements)) | {"SPDXRef-DOCUMENT"}
    for name in known:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", name)  # [7.2, 8.2]
    rows = [
        (row["spdxElementId"], row["relationshipType"], row["relatedSpdxElement"])
        for row in spdx["relationships"]
    ]
    assert len(rows) == len(set(rows))
    for one, kind, other in rows:  # [11.1]
        assert one in known and other in known
        assert kind in RELATIONSHIPS
    assert {kind for _, kind, _ in rows} == RELATIONSHIPS
    described = {other for _, other in related(spdx, "DESCRIBES")}
    assert {element["name"] for element in spdx["packages"] if element["SPDXID"] in described} == {
        "paravane",
        "refhv",
    }


def test_spdx_packages(spdx):
    files = by_id(spdx["files"])
    extracted = {row["licenseId"] for row in spdx["hasExtractedLicensingInfos"]}
    for row in spdx["hasExtractedLicensingInfos"]:  # [10.1, 10.2]
        assert re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", row["licenseId"])
        assert row["extractedText"]
    contained = related(spdx, "CONTAINS")
    for package in spdx["packages"]:
        assert package["name"] and package["versionInfo"]  # [7.1, 7.3]
        assert package["downloadLocation"] == "NOASSERTION"  # [7.7]
        assert package["copyrightText"]  # [7.17]
        for member in ("licenseConcluded", "licenseDeclared"):  # [7.13, 7.15]
            assert expression_is_valid(package[member], extracted), package
        mine = [files[other] for one, other in contained if one == package["SPDXID"] and other in files]
        assert package["filesAnalyzed"] == bool(mine)  # [7.8]
        if mine:  # [7.9.4]
            hashes = sorted(
                row["checksumValue"]
                for element in mine
                for row in element["checksums"]
                if row["algorithm"] == "SHA1"
            )
            code = hashlib.sha1("".join(hashes).encode()).hexdigest()
            assert package["packageVerificationCode"] == {"packageVerificationCodeValue": code}
        else:
            assert "packageVerificationCode" not in package


def test_spdx_libraries_are_those_of_the_lock(spdx):
    rows = locked()
    packages = by_id(spdx["packages"])
    linked = {packages[other]["name"] for _, other in related(spdx, "STATIC_LINK")}
    assert linked == {"picolibc", "dtc"} | (linked & {"mbedtls", "lwip"})
    for package in spdx["packages"]:
        if package["name"] in linked:
            version, sha256, place = rows[package["name"]]
            assert package["versionInfo"] == version
            assert package["checksums"] == [{"algorithm": "SHA256", "checksumValue": sha256}]
            assert package["packageFileName"] == place.rsplit("/", 1)[1]


def path_of(spdx, element):
    """Where a file of the document lies: a library's paths start in its archive."""
    owners = [one for one, other in related(spdx, "CONTAINS") if other == element["SPDXID"]]
    assert len(owners) == 1
    package = by_id(spdx["packages"])[owners[0]]
    folder = ROOT
    if package["name"] in locked():
        folder = BUILD / "third_party/src" / f"{package['name']}-{package['versionInfo']}"
    return folder / element["fileName"]


def test_spdx_files(spdx):
    for element in spdx["files"]:
        assert element["fileName"].startswith("./")  # [8.1]
        assert element["fileTypes"] in (["SOURCE"], ["BINARY"])  # [8.3]
        path = path_of(spdx, element)
        assert element["checksums"] == [  # [8.4]: SHA-1 must be there
            {"algorithm": "SHA1", "checksumValue": digest(path, "sha1")},
            {"algorithm": "SHA256", "checksumValue": digest(path)},
        ]
        for licence in element["licenseInfoInFiles"]:  # [8.6]
            assert licence in LICENCES | {"NOASSERTION"}
        assert element["copyrightText"]  # [8.8]


@pytest.mark.parametrize("elf", [ELF, REFHV], ids=["paravane", "refhv"])
def test_linked_files_are_those_of_the_debug_information(spdx, elf):
    """An independent witness: the names of the compile units that llvm-dwarfdump finds with code or data."""
    text = subprocess.run(
        ["llvm-dwarfdump", "--debug-info", "--recurse-depth=0", str(elf)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    units = set(re.findall(r'DW_AT_name\s+\("(.*)"\)', text))
    units = {re.sub(r"^(\.\./)+", "", unit) for unit in units}
    name = f"./{elf.relative_to(ROOT)}"
    (source,) = [element["SPDXID"] for element in spdx["files"] if element["fileName"] == name]
    files = by_id(spdx["files"])
    made_of = {
        str(path_of(spdx, files[other]).relative_to(ROOT))
        for one, other in related(spdx, "GENERATED_FROM")
        if one == source
    }
    assert made_of
    # Third-party assembly and C have units as well: all of them were compiled with -g.
    assert made_of <= units
    # The other way: who has a function in the program is listed.
    symbols = subprocess.run(
        ["llvm-nm", "--defined-only", str(elf)], capture_output=True, text=True, check=True
    ).stdout
    places = subprocess.run(
        ["llvm-symbolizer", f"--obj={elf}", "--no-inlines", "--functions=none", "--relativenames"],
        input="\n".join(f"0x{at}" for at in re.findall(r"^([0-9a-f]+) [tT] ", symbols, re.M)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sources = {re.sub(r"^(\.\./)+", "", name) for name in re.findall(r"^(.+\.[cS]):\d+", places, re.M)}
    assert len(sources) > 20
    assert sources <= made_of


def compare_trees(*trees):
    command = [str(ROOT / "scripts/reproducible"), "compare", *map(str, trees)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def trees(built, tmp_path):
    """Two trees that hold the image, and nothing else."""
    both = [tmp_path / "one", tmp_path / "two"]
    for tree in both:
        (tree / "build/image/boot").mkdir(parents=True)
        for path in (ELF, ELF.with_suffix(".bin")):
            (tree / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    return both


def test_compare_the_same(trees):
    same = compare_trees(*trees)
    assert same.returncode == 0, same
    for path in (ELF, ELF.with_suffix(".bin")):
        assert re.search(rf"^{digest(path)}  {path.relative_to(ROOT)} +reproducible$", same.stdout, re.M)
    assert same.stdout.count("not built") > 5


@pytest.mark.parametrize("end", ["first", "last"])
@pytest.mark.parametrize("suffix", [".elf", ".bin"])
def test_compare_finds_a_byte(trees, suffix, end):
    """What --check-reproducible compares with: a change of one byte, named by file, place and section."""
    headers = subprocess.run(
        ["llvm-readelf", "-S", "--wide", str(ELF)], capture_output=True, text=True, check=True
    ).stdout
    address, offset, size = (
        int(number, 16)
        for number in re.search(r"\.rodata +PROGBITS +(\w+) (\w+) (\w+)", headers).groups()
    )
    # The image is linked at 0: in its bytes, an address is a place.
    place = (offset if suffix == ".elf" else address) + (0 if end == "first" else size - 1)
    changed = trees[1] / ELF.with_suffix(suffix).relative_to(ROOT)
    image = bytearray(changed.read_bytes())
    image[place] ^= 1
    changed.write_bytes(image)
    differ = compare_trees(*trees)
    assert differ.returncode == 1
    assert f"first at byte {place} (0x{place:x}), section .rodata\n" in differ.stdout
    assert "paravane: not reproducible: 1 of these files" in differ.stderr


def test_compare_finds_what_is_shorter_or_missing(trees):
    changed = trees[1] / ELF.with_suffix(".bin").relative_to(ROOT)
    bytes_ = changed.read_bytes()
    changed.write_bytes(bytes_[:-1])
    differ = compare_trees(*trees)
    assert differ.returncode == 1
    assert f"first at byte {len(bytes_) - 1} " in differ.stdout
    changed.unlink()
    differ = compare_trees(*trees)
    assert differ.returncode == 1
    assert "there is no such file in one of them" in differ.stdout


def test_mistakes(paravane):
    for arguments in (["--fly"], ["--no-tests", "image"], ["--check-reproducible", "host"]):
        result = paravane("build", *arguments)
        assert result.status == 2
        assert result.err.startswith("paravane: build: ")
