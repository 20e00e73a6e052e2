# SPDX-License-Identifier: BSD-3-Clause
"""./paravane report: its figures against those of other tools, over the same image."""

import html.parser
import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGE = ROOT / "build" / "image"
ELF = IMAGE / "boot" / "paravane.elf"
TOOL = ROOT / "build" / "host" / "host" / "report" / "pv-report"
FOLDERS = ("boot", "net", "devices", "vmm", "vtl", "formats")

# Who calls each other in a circle, and why none goes round: docs/audit.md. All before VTL0 runs.
CIRCLES = {
    # An IPv6 packet may want its neighbour asked; that packet goes to a group, which is no neighbour.
    "ethip6_output", "ip6_output_if", "ip6_output_if_src", "nd6_send_neighbor_cache_probe", "nd6_send_ns",
    "nd6_get_next_hop_addr_or_queue",
    # GCM and key wrapping use AES by the layer that offers them, too.
    "mbedtls_cipher_free", "mbedtls_cipher_setkey", "mbedtls_cipher_update", "gcm_aes_setkey_wrap", "gcm_ctx_free",
    "kw_aes_setkey_wrap", "kw_aes_setkey_unwrap", "kw_ctx_free", "mbedtls_nist_kw_setkey", "mbedtls_nist_kw_free",
    "mbedtls_gcm_setkey", "mbedtls_gcm_update", "gcm_mask", "mbedtls_gcm_free",
}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Text, JSON and page of one call."""
    folder = tmp_path_factory.mktemp("report")
    files = [folder / "report.json", folder / "report.html"]
    text = output(
        str(ROOT / "paravane"), "report", "--json", str(files[0]), "--html", str(files[1])
    )
    return text, files[0].read_text(), files[1].read_text()


@pytest.fixture(scope="module")
def report(made):
    return json.loads(made[1])


@pytest.fixture(scope="module")
def disassembly():
    """(function, instruction, operands) and the lines that instructions are from."""
    code, lines, function, line = [], set(), None, None
    for row in output("llvm-objdump", "-d", "-l", "--no-show-raw-insn", str(ELF)).splitlines():
        if match := re.match(r"[0-9a-f]+ <(\S+)>:$", row):
            function = match[1]
        elif match := re.match(r"; (\S+):(\d+)$", row):
            line = (match[1], int(match[2]))
        elif match := re.match(r" *([0-9a-f]+): *\t(\S+)\t?(.*)$", row):
            code.append((int(match[1], 16), function, match[2], match[3]))
            if line:
                lines.add(line)
    assert len(code) > 10000
    return code, lines


def test_sections_are_those_of_the_file(report):
    found = {}
    for row in output("llvm-readelf", "-SW", str(ELF)).splitlines():
        if match := re.match(r" *\[ *\d+\] (\S+) +\S+ +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)", row):
            found[match[1]] = (int(match[2], 16), int(match[3], 16))
    told = {part["name"]: (part["address"], part["bytes"]) for part in report["sections"]}
    assert told == found


def test_bytes_of_files_add_up_to_the_sections(report):
    loaded = sum(part["bytes"] for part in report["sections"] if part["loaded"])
    by_file = {key: 0 for key in ("code", "constants", "data", "zeroed")}
    for part in report["files"]:
        for key, value in part["bytes"].items():
            by_file[key] += value
    assert sum(by_file.values()) == loaded == report["totals"]["memory_bytes"]
    assert by_file == report["totals"]["bytes"]
    text = next(part for part in report["sections"] if part["name"] == ".text")
    assert by_file["code"] == text["bytes"]


def test_code_of_a_file_is_that_of_its_functions(report):
    """Functions by their own lines, files by the linker's map: two ways to the same."""
    by_functions = {}
    for function in report["functions"]:
        by_functions[function["file"]] = by_functions.get(function["file"], 0) + function["bytes"]
    headers = sum(size for name, size in by_functions.items() if name.endswith(".h"))
    for part in report["files"]:
        own = by_functions.get(part["path"], 0)
        if part["kind"] != "linker" and not part["path"].endswith(".h"):
            # A function of a header belongs to the file that includes it; padding in assembly to its file.
            slack = headers + (256 if part["path"].endswith(".S") else 0)
            assert own <= part["bytes"]["code"] <= own + slack, part["path"]
    assert headers < 2000


def test_functions_are_those_of_nm(report):
    found = {}
    for row in output("llvm-nm", "-S", "--defined-only", str(ELF)).splitlines():
        if match := re.match(r"([0-9a-f]+) ([0-9a-f]+) [tT] (\S+)$", row):
            found.setdefault((int(match[1], 16), int(match[2], 16)), set()).add(match[3])
    found = {key: names for key, names in found.items() if key[1]}
    told = {(part["address"], part["bytes"]): part["name"] for part in report["functions"]}
    assert set(told) == set(found)
    assert all(name in found[key] for key, name in told.items())


def test_variables_are_those_of_nm(report):
    found = sorted(
        (match[3], int(match[2], 16))
        for row in output("llvm-nm", "-S", "--defined-only", str(ELF)).splitlines()
        if (match := re.match(r"([0-9a-f]+) ([0-9a-f]+) [bBdD] (\S+)$", row))
        and int(match[2], 16)
        and not match[3].startswith("_DYNAMIC")
    )
    constants = next(part["end"] for part in report["memory"] if part["name"] == "constants")
    told = sorted((part["name"], part["bytes"]) for part in report["variables"])
    assert all(part["address"] >= constants for part in report["variables"])
    assert [part for part in found if part in told] == told
    names = {name for name, _ in told}
    relocated = {name for name, _ in found} - names
    # What nm calls data and the report does not lies in what relocation alone writes.
    places = {part["name"]: part for part in report["sections"]}
    ro = places[".data.rel.ro"]
    for row in output("llvm-nm", "-S", "--defined-only", str(ELF)).splitlines():
        if (match := re.match(r"([0-9a-f]+) [0-9a-f]+ [dD] (\S+)$", row)) and match[2] in relocated:
            assert ro["address"] <= int(match[1], 16) < ro["address"] + ro["bytes"], match[2]


def count_lines(path):
    """Lines that are left without comments, and without blanks: by another way than the tool's."""
    text = path.read_text()
    token = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|/\*.*?\*/|//[^\n]*", re.S)

    def keep(match):
        found = match[0]
        return "\n" * found.count("\n") if found.startswith("/") else "x"

    return sum(1 for line in token.sub(keep, text).splitlines() if line.strip())


def test_source_lines_by_another_count(report):
    own = [part for part in report["files"] if part["kind"] == "own"]
    for part in own:
        assert part["source_lines"] == count_lines(ROOT / part["path"]), part["path"]
        if part["path"].startswith("third_party/"):
            continue
        assert part["path"].split("/")[0] in FOLDERS
    assert sum(part["source_lines"] for part in own) == report["totals"]["own_source_lines"]
    budget = report["budgets"][0]
    assert budget["value"] == report["totals"]["own_source_lines"]
    assert budget["limit"] == 15000
    assert (budget["state"] == "met") == (budget["value"] <= 15000)


def test_own_files_are_those_of_the_build(report):
    """Ninja's dependencies: what compilers have read for the objects of the image."""
    units = {part["path"] for part in report["files"] if part["kind"] == "own" and part["unit"]}
    wanted, take = set(), False
    for row in output("ninja", "-C", str(IMAGE), "-t", "deps").splitlines():
        if row and not row.startswith(" "):
            take = False
        elif row.strip():
            path = pathlib.Path(row.strip())
            name = str((IMAGE / path).resolve().relative_to(ROOT)) if not path.is_absolute() else (
                str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "")
            if name in units:
                take = True
            if take and name.split("/")[0] in FOLDERS:
                wanted.add(name)
    told = {part["path"] for part in report["files"] if part["kind"] == "own"}
    # A file that declares nothing but constants has no code or variable of its own in the image.
    assert wanted - told == set()
    assert {name for name in told - wanted if name.split("/")[0] in FOLDERS} == set()


def test_code_lines_are_those_of_the_disassembly(report, disassembly):
    found = {}
    for path, line in disassembly[1]:
        path = re.sub(r"^(\.{1,2}/|build/image/)+", "", path.removeprefix(str(ROOT) + "/"))
        if line:
            found.setdefault(path, set()).add(line)
    for part in report["files"]:
        if part["kind"] == "own":
            own = len(found.get(part["path"], ()))
            # A row of the line table that no instruction follows is no line of the disassembly.
            assert own <= part["code_lines"] <= own + max(4, own // 4), part["path"]


def test_direct_calls_are_those_of_the_disassembly(report, disassembly):
    starts = {part["address"]: part["name"] for part in report["functions"]}
    ranges = sorted((p["address"], p["address"] + p["bytes"], p) for p in report["functions"])
    calls = {p["address"]: p["calls"] for p in report["functions"]}
    inside = iter(ranges)
    first, end, function = next(inside)
    seen = 0
    for address, _, name, operands in sorted(disassembly[0]):
        while address >= end:
            first, end, function = next(inside, (1 << 62, 1 << 63, None))
        if address < first or name != "bl":
            continue
        target = int(re.match(r"0x([0-9a-f]+)", operands)[1], 16)
        if target in starts:
            assert starts[target] in calls[function["address"]], (function["name"], operands)
            seen += 1
    assert seen > 1000


def test_indirect_calls_are_all_there(report, disassembly):
    tails = ("x16", "x17")
    found = {
        address
        for address, _, name, operands in disassembly[0]
        if name.startswith("blr") or (name == "br" and operands.strip() in tails)
    }
    assert {part["address"] for part in report["indirect_calls"]} == found
    assert all(part["calls"] != "any" for part in report["indirect_calls"])


def test_what_is_called_through_tables_is_known(report):
    """Some that a reader of the source knows: a device's access, a model's notification, an exit."""
    by_name = {}
    for function in report["functions"]:
        by_name.setdefault(function["name"], []).append(function)
    assert {"pl011_mmio", "pl031_mmio", "virtio_mmio", "flash_erased_mmio"} <= set(
        by_name["emulate_memory"][0]["calls"]
    )
    assert by_name["virtio_mmio"][0]["calls"].count("notify") == 4
    assert "blk_notify" in by_name["virtio_mmio"][0]["calls"]
    assert {"handle_memory", "handle_reset"} <= set(by_name["turn_unusual"][0]["calls"])
    assert {"host_blk_interrupt", "host_net_interrupt", "host_uart_interrupt"} <= set(
        by_name["irq_dispatch"][0]["calls"]
    )
    assert "pl011_mmio" not in by_name["irq_dispatch"][0]["calls"]
    assert "hv_switch_smccc" in by_name["vtl_vp_enter"][0]["calls"]


def test_frames_are_the_compilers(report):
    told = {}
    for path in IMAGE.rglob("*.su"):
        for row in path.read_text().splitlines():
            where, size, _ = row.split("\t")
            source, name = where.split(":")[0], where.split(":")[-1]
            source = re.sub(r"^(build/image/)+", "", source.removeprefix(str(ROOT) + "/"))
            told.setdefault((source, name), set()).add(int(size))  # refhv has some of Mbed TLS, too
    checked = 0
    for function in report["functions"]:
        key = (function["file"], function["name"])
        if key in told:
            assert function["frame"] == max(told[key]) and function["frame_told"], key
            checked += 1
    assert checked > 400
    assert report["totals"]["frames_told_too_small"] == 0


def test_stacks_are_sums_of_frames_and_fit(report):
    by_name = {}
    for function in report["functions"]:
        by_name.setdefault(function["name"], []).append(function["frame"])
    assert set(report["recursion"]) == CIRCLES
    assert len(report["stacks"]) == 5
    for entry in report["stacks"]:
        least = sum(min(by_name[name]) for name in entry["path"])
        most = sum(max(by_name[name]) for name in entry["path"])
        # Of a circle each is counted once, and it is no part of the path.
        circles = sum(max(by_name[name]) for name in CIRCLES)
        assert least <= entry["depth"] <= most + circles, entry
        assert 0 < entry["depth"] + entry["panic"] <= entry["room"], entry
    rooms = {entry["stack"]: entry["room"] for entry in report["stacks"]}
    assert rooms == {"boot": 32768, "each VP's own": 8192, "emergency": 8192}


def test_every_mark_of_the_source_is_told(report):
    marks = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.c")):
            name = str(path.relative_to(ROOT))
            for match in re.finditer(
                r"^PV_UNTRUSTED(?:_OF\(\"(\S+)\",\s*|\()(\w+),\s*(\w+),\s*\"(\w*)\"\);",
                path.read_text(), re.M,
            ):
                of, *mark = match.groups()
                marks.append((of or name, *mark))
    told = [
        (part["file"], part["function"], part["source"], part["harness"])
        for part in report["entries"]
    ]
    assert sorted(told) == sorted(marks)
    assert all(part["linked"] for part in report["entries"])
    missing = [part for part in report["entries"] if not part["fed"]]
    assert report["totals"]["entries_without_harness"] == len(missing)
    # A harness that is named is one that exists and links the file.
    assert all(part["harness"] == "" for part in missing)


def test_what_entries_reach(report):
    functions = {part["name"]: part for part in report["functions"]}
    assert "guest" in functions["blk_request_parse"]["reached_by"]
    assert "fuzz_virtio_blk" in functions["blk_request_parse"]["harnesses"]
    assert "network" in functions["frame_from"]["reached_by"]
    assert "virtio_mmio" in functions["other_access"]["callers"]
    assert functions["board_parse"]["reached_by"] == "host"
    assert functions["paravane_entry"]["reached_by"] == ""


def test_rights(report):
    assert report["write_xor_execute"] is True
    assert all(part["good"] for part in report["checks"])
    segments = re.findall(
        r"^ +LOAD +\S+ 0x(\S+) \S+ \S+ 0x(\S+) (RW |R E|R  )",
        output("llvm-readelf", "-lW", str(ELF)),
        re.M,
    )
    code = next(part for part in report["memory"] if part["rights"] == "RX")
    for start, size, flags in segments:
        inside = code["start"] <= int(start, 16) < code["end"]
        assert inside == (flags == "R E"), (start, size, flags)
    assert [part["rights"] for part in report["memory"]].count("none") == 2


def test_digest_is_that_of_the_file(report):
    assert report["digests"]["image_sha256"] == output("sha256sum", str(ELF)).split()[0]


class Page(html.parser.HTMLParser):
    """Tags that close, headings in order, tables with captions and scopes, nothing from elsewhere."""

    EMPTY = {"meta", "rect"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.levels, self.links, self.faults = [], [], [], [], []
        self.tables = self.captions = 0

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag in ("script", "link", "iframe", "img", "object") or "src" in given or "style" in given:
            self.faults.append(f"{tag} {given}")
        if any(name.startswith("on") for name in given):
            self.faults.append(f"{tag} {given}")
        if "id" in given:
            self.ids.append(given["id"])
        if "href" in given:
            self.links.append(given["href"])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.faults.append("th without scope")
        self.tables += tag == "table"
        self.captions += tag == "caption"

    def handle_endtag(self, tag):
        if tag in self.EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def test_page_is_well_formed_and_alone(made):
    page = Page()
    page.feed(made[2])
    page.close()
    assert page.faults == [] and page.open == []
    assert made[2].startswith("<!DOCTYPE html>") and '<html lang="en">' in made[2]
    assert len(set(page.ids)) == len(page.ids)
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert page.levels[0] == 1 and page.levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.levels, page.levels[1:]))
    assert page.tables == page.captions > 10
    assert "url(" not in made[2] and "@import" not in made[2] and "://" not in made[2]


def test_no_path_of_this_machine(made):
    for form in made:
        assert str(ROOT) not in form and "/home/" not in form and "/usr/" not in form


def test_text_tells_the_same(made, report):
    text = made[0]
    assert f"{report['totals']['own_source_lines']:,} of" in text
    assert report["digests"]["image_sha256"] in text
    assert all(part["function"] in text for part in report["entries"] if not part["fed"])


def test_again_is_the_same(made, tmp_path):
    again = tmp_path / "again.json", tmp_path / "again.html"
    text = output(
        str(ROOT / "paravane"), "report", "--json", str(again[0]), "--html", str(again[1])
    )
    assert (text, again[0].read_text(), again[1].read_text()) == made


def write_inspect(path, pages):
    path.write_text(json.dumps({"memory": {"pages_used": pages, "pages_free": 1}}))


@pytest.mark.skipif(not (ROOT / "build/guest/tools.img").is_file(), reason="no disk of tools")
def test_measures_by_itself(paravane, tmp_path):
    """Paravane's own count, in guests of 2 and of 4 VPs, is within the design's budgets."""
    out = tmp_path / "report.json"
    assert paravane("report", "--measure", "--json", str(out)).status == 0
    memory = [row for row in json.loads(out.read_text())["budgets"] if row["name"].startswith("VTL2 memory")]
    assert [row["state"] for row in memory] == ["met", "met"]
    assert 0 < memory[0]["value"] <= 6 << 20 and 0 < memory[1]["value"] <= 32 << 10


@pytest.mark.parametrize("pages, each, states", [
    (1536, 8, ["met", "met"]),
    (1537, 9, ["missed", "missed"]),
])
def test_measured_memory(paravane, tmp_path, pages, each, states):
    """6 MiB are 1,536 pages; 32 KiB are 8."""
    write_inspect(tmp_path / "2.json", pages)
    write_inspect(tmp_path / "8.json", pages + 6 * each)
    out = tmp_path / "report.json"
    result = paravane("report", "--json", str(out), "--measured", f"2={tmp_path}/2.json",
                      "--measured", f"8={tmp_path}/8.json")
    assert result.status == 0, result
    budgets = json.loads(out.read_text())["budgets"]
    assert [part["state"] for part in budgets[2:]] == states
    assert [part["value"] for part in budgets[2:]] == [pages * 4096, each * 4096]


def test_check_fails_by_budget(paravane, report, tmp_path):
    missed = any(part["state"] == "missed" for part in report["budgets"])
    assert paravane("report", "--check").status == (1 if missed else 0)
    write_inspect(tmp_path / "2.json", 9999)
    assert paravane("report", "--check", "--measured", f"2={tmp_path}/2.json").status == 1


@pytest.mark.parametrize("arguments", [
    ["--what"],
    ["--json"],
    ["--json", "/no/such/folder/x"],
    ["--html", "/"],
    ["--measured", "2"],
    ["--measured", "2=/no/such/file"],
    ["--measured", "x=/dev/null"],
])
def test_mistakes(paravane, arguments):
    result = paravane("report", *arguments)
    assert result.status == 2, result
    assert result.err.startswith("paravane: report:") or "needs a value" in result.err


def test_cut_files_are_refused(tmp_path, made):
    """Whatever of the ELF file or the map is missing: a reason, and never a crash."""
    whole = ELF.read_bytes(), (IMAGE / "boot" / "paravane.map").read_bytes()
    folder = tmp_path / "build" / "image" / "boot"
    folder.mkdir(parents=True)
    for name in FOLDERS + ("tests", "third_party"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build" / "third_party").symlink_to(ROOT / "build" / "third_party")
    cuts = [(len(whole[0]) * i // 16, len(whole[1])) for i in range(16)]
    cuts += [(len(whole[0]) - 1, len(whole[1])), (len(whole[0]), 0), (len(whole[0]), 60)]
    for elf, lines in cuts:
        (folder / "paravane.elf").write_bytes(whole[0][:elf])
        (folder / "paravane.map").write_bytes(whole[1][:lines])
        done = subprocess.run(
            [TOOL, "--root", tmp_path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, (elf, lines, done)
        assert done.stderr.startswith("report: ") and len(done.stderr.splitlines()) == 1
