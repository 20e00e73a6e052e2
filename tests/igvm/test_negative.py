# SPDX-License-Identifier: BSD-3-Clause
"""The rows of igvm.md section 3, those that section 6 wants refused beyond it, and our reader's own: one file each.

Every file has a right CRC unless the row is about it. The tool must end with 1 and say why. GOOD has the neighbours:
files that are as near as possible to a refused one and must be accepted, with the model's digest.
"""

import struct

import pytest

from igvm_craft import (
    HOLE, PC, REGION, add, also, area, base, cca_context, change, cut, data, insert, length, no_file_data, offset,
    padding, page, patch, platform, put, region, registers, swap, trailing, version_1, vtl0_context, with_cca, without,
    written,
)
from igvm_format import CCA, PAGE, SHARED, UNMEASURED, VSM, Header, context, measure, parse, reseal, write
from igvm_rules import check
from igvm_tool import REFUSED, igvm

CCA_POLICY = {"compatibility_mask": 2, "required_ones": 1}
SECTION_3 = {
    "CRC wrong": written(checksum=0x12345678),
    "size word too large": written(total=0x1000000),
    "size word one less": lambda headers: reseal(write(headers)[:16] + struct.pack("<I", len(write(headers)) - 1) +
                                                 write(headers)[20:]),
    "one byte missing": cut(1),
    "a page missing": cut(PAGE),
    "page size 65536": written(page_size=65536),
    "page size 0": written(page_size=0),
    "architecture 2": written(architecture=2),
    "x64 with arm registers": written(architecture=0),
    "version 1 with arm registers": version_1,
    "version 1 in 32 bytes": written(version=1),
    "version 3": written(version=3),
    "magic": patch(0, b"IGVN"),
    "NATIVE": change("SUPPORTED_PLATFORM", platform_type=0),
    "SNP": change("SUPPORTED_PLATFORM", platform_type=2),
    "TDX": change("SUPPORTED_PLATFORM", platform_type=3),
    "SEV": change("SUPPORTED_PLATFORM", platform_type=4),
    "SEV_ES": change("SUPPORTED_PLATFORM", platform_type=5),
    "unknown platform": change("SUPPORTED_PLATFORM", platform_type=7),
    "NATIVE beside VSM": add(platform(2, 0), behind="SUPPORTED_PLATFORM"),
    "highest VTL 1": change("SUPPORTED_PLATFORM", highest_vtl=1),
    "highest VTL 3": change("SUPPORTED_PLATFORM", highest_vtl=3),
    "platform's mask 0": change("SUPPORTED_PLATFORM", compatibility_mask=0),
    "platform's mask of two bits": change("SUPPORTED_PLATFORM", compatibility_mask=3),
    "platform version 2": change("SUPPORTED_PLATFORM", platform_version=2),
    "platform version 0": change("SUPPORTED_PLATFORM", platform_version=0),
    "shared boundary": change("SUPPORTED_PLATFORM", shared_gpa_boundary=1 << 47),
    "same platform type twice": add(platform(2, VSM, highest_vtl=2), behind="SUPPORTED_PLATFORM"),
    "two platforms, one bit": add(platform(1, CCA), behind="SUPPORTED_PLATFORM"),
    "no platform": without("SUPPORTED_PLATFORM"),
    "no file data": no_file_data,
    "optional bit": put("PAGE_DATA", 0x80000302, bytes(24)),
    "optional bit of an unknown type": put("PAGE_DATA", 0x80000399, bytes(8)),
    "unknown directive": put("PAGE_DATA", 0x314, bytes(8)),
    "reserved directive": put("PAGE_DATA", 0x306, bytes(8)),
    "unknown initialization": put("PARAMETER_AREA", 0x107, bytes(8)),
    "unknown platform header": put("RELOCATABLE_REGION", 0x002, bytes(16)),
    "type 0": put("PAGE_DATA", 0, b""),
    "initialization behind a directive": add(region(HOLE)),
    "platform behind initialization": add(platform(2, CCA), behind="PAGE_TABLE_RELOCATION_REGION"),
    "platform behind directives": add(platform(2, CCA)),
    "page not aligned": change("PAGE_DATA", gpa=REGION + 16),
    "PAGE_DATA reserved": change("PAGE_DATA", reserved=1),
    "page of type 4": change("PAGE_DATA", data_type=4),
    "page of type 65535": change("PAGE_DATA", data_type=0xFFFF),
    "page's data half out": offset("PAGE_DATA", "half out"),
    "page's data one byte out": offset("PAGE_DATA", "one over", 2),
    "page's data at the end": offset("PAGE_DATA", "end"),
    "page's data far out": offset("PAGE_DATA", "wrap"),
    "context's data at the end": offset("VP_CONTEXT", "end"),
    "context's data half out": offset("VP_CONTEXT", "half out"),
    "more registers than data": data("VP_CONTEXT", struct.pack("<I", 0x8000000) + bytes(32)),
    "area's data half out": also(data("PARAMETER_AREA", b"x" * 2 * PAGE), offset("PARAMETER_AREA", "half out")),
    "GUEST_POLICY reserved": add(Header("GUEST_POLICY", compatibility_mask=1, reserved=1),
                                 behind="SUPPORTED_PLATFORM"),
    "context of VTL 3": registers((3, PC, 0)),
    "context of VTL 1": registers((1, PC, 0)),
    "context of VTL 255": registers((255, PC, 0)),
    "context of VTL 3 without regions": also(without("RELOCATABLE_REGION"), without("PAGE_TABLE_RELOCATION_REGION"),
                                             registers((3, PC, 0))),
    "context of VTL 1 without regions": also(without("RELOCATABLE_REGION"), without("PAGE_TABLE_RELOCATION_REGION"),
                                             registers((1, PC, 0))),
    "zero registers without regions": also(without("RELOCATABLE_REGION"), without("PAGE_TABLE_RELOCATION_REGION"),
                                           data("VP_CONTEXT", bytes(4))),
    "zero registers": data("VP_CONTEXT", bytes(4)),
    "X8": registers((2, 0x20008, 0)),
    "X30": registers((2, 0x2001E, 0)),
    "SP": registers((2, 0x2001F, 0)),
    "SP_EL1": registers((2, 0x20020, 0)),
    "register 0": registers((2, 0, 0)),
    "register between": registers((2, 0x40003, 0)),
    "context's mask of two bits": also(with_cca(), change("VP_CONTEXT", compatibility_mask=3)),
    "relocation without a context": without("VP_CONTEXT"),
    "relocation of a VTL without a context": change("RELOCATABLE_REGION", vtl=0),
    "page table relocation of a VTL without a context": change("PAGE_TABLE_RELOCATION_REGION", vtl=0),
    "regions overlap": add(region(REGION, PAGE), behind="RELOCATABLE_REGION"),
    "page tables over a region": change("PAGE_TABLE_RELOCATION_REGION", gpa=2 * REGION - PAGE),
    "page tables inside a region": change("PAGE_TABLE_RELOCATION_REGION", gpa=REGION),
    "base not aligned": change("RELOCATABLE_REGION", base_gpa=REGION + PAGE, minimum_gpa=0),
    "two page table regions": add(
        Header("PAGE_TABLE_RELOCATION_REGION", compatibility_mask=1, vtl=2, gpa=HOLE, size=PAGE, used_size=PAGE),
        behind="PAGE_TABLE_RELOCATION_REGION"),
    "used more than size": change("PAGE_TABLE_RELOCATION_REGION", used_size=5 * PAGE),
    "used one byte more than size": change("PAGE_TABLE_RELOCATION_REGION", used_size=4 * PAGE + 1),
    "insert inside the page table region": change("PARAMETER_INSERT", gpa=2 * REGION + PAGE),
    "insert that reaches into the page table region": change("PARAMETER_INSERT", gpa=2 * REGION - PAGE),
    "parameter in front of its area": swap("PARAMETER_AREA", "DEVICE_TREE"),
    "parameter behind its insert": add(Header("VP_COUNT", index=0)),
    "parameter of no area": change("DEVICE_TREE", index=1),
    "insert of no area": change("PARAMETER_INSERT", index=1),
    "insert in front of its area": swap("PARAMETER_AREA", "PARAMETER_INSERT"),
    "second insert": add(insert(0)),
    "index used again": add(area(0), insert(0)),
    "index used again in front of the insert": add(area(0), behind="PARAMETER_AREA"),
    "insert not aligned": change("PARAMETER_INSERT", gpa=REGION + 16 * PAGE + 8),
    "area of half a page": change("PARAMETER_AREA", number_of_bytes=PAGE // 2),
    "area of a page and a byte": change("PARAMETER_AREA", number_of_bytes=PAGE + 1),
    "required memory not in pages": change("REQUIRED_MEMORY", number_of_bytes=REGION + 1),
    "CCA policy of VSM": add(Header("CCA_POLICY", compatibility_mask=1), behind="SUPPORTED_PLATFORM"),
    "CCA policy of both": with_cca(Header("CCA_POLICY", compatibility_mask=3)),
    "CCA policy of an unknown hash": with_cca(Header("CCA_POLICY", **CCA_POLICY, hash=3)),
    # Rows at which the reference parser panics.
    "page in the headers": offset("PAGE_DATA", "headers"),
    "page in the fixed header": offset("PAGE_DATA", "fixed"),
    "page at the last byte of the headers": offset("PAGE_DATA", "last header"),
    "context in the headers": offset("VP_CONTEXT", "headers"),
    "context at offset 0": offset("VP_CONTEXT", "none"),
    "area in the headers": offset("PARAMETER_AREA", "headers"),
    "VP 1": change("VP_CONTEXT", vp_index=1),
    "relocation of VP 1": change("RELOCATABLE_REGION", vp_index=1),
    "page table relocation of VP 1": change("PAGE_TABLE_RELOCATION_REGION", vp_index=1),
    "registers of mixed VTLs": registers((2, PC, REGION), (0, 0x20000, 7)),
    # Of which there is no VBS digest (last lines of section 3).
    "SECRETS": change("PAGE_DATA", data_type=1),
    "CPUID_DATA": change("PAGE_DATA", data_type=2),
    "CPUID_XF": change("PAGE_DATA", data_type=3),
}
for changed in ("SUPPORTED_PLATFORM", "RELOCATABLE_REGION", "PAGE_TABLE_RELOCATION_REGION", "REQUIRED_MEMORY",
                "PARAMETER_AREA", "DEVICE_TREE", "VP_CONTEXT", "PARAMETER_INSERT", "PAGE_DATA"):
    for more in (-8, -1, 1, 4, 8):
        SECTION_3[f"{changed} {more:+} bytes"] = length(changed, more)

# Rows that the reference parser accepts and section 6 (or, for the last four, our writer's rules there) does not.
SECTION_6 = {
    "duplicate GPA": add(page(2 * REGION, b"other")),
    "duplicate GPA, same content": add(page(2 * REGION, b"tables")),
    "duplicate GPA, not side by side": add(page(REGION, b"other")),
    "page in an area": change("PAGE_DATA", 1, gpa=REGION + 17 * PAGE),
    "page in an error range": add(Header("ERROR_RANGE", gpa=HOLE - PAGE, compatibility_mask=1, size=3 * PAGE),
                                  page(HOLE)),
    "area in an area": add(area(1, 2), insert(1, REGION + 17 * PAGE)),
    "area in an error range": add(area(1, 2), insert(1),
                                  Header("ERROR_RANGE", gpa=HOLE + PAGE, compatibility_mask=1, size=PAGE)),
    "two error ranges at one place": add(*(Header("ERROR_RANGE", gpa=HOLE, compatibility_mask=1, size=PAGE)
                                           for _ in range(2))),
    "page's mask without a platform": change("PAGE_DATA", compatibility_mask=2),
    "page's mask with one bit more": change("PAGE_DATA", compatibility_mask=0x80000001),
    "region's mask with one bit more": change("RELOCATABLE_REGION", compatibility_mask=3),
    "page tables' mask with one bit more": change("PAGE_TABLE_RELOCATION_REGION", compatibility_mask=3),
    "required memory's mask with one bit more": change("REQUIRED_MEMORY", compatibility_mask=3),
    "insert's mask with one bit more": change("PARAMETER_INSERT", compatibility_mask=3),
    "context's mask without a platform": change("VP_CONTEXT", compatibility_mask=2),
    "error range's mask without a platform": add(Header("ERROR_RANGE", gpa=HOLE, compatibility_mask=2, size=PAGE)),
    "policy's mask without a platform": add(Header("GUEST_POLICY", compatibility_mask=4),
                                            behind="SUPPORTED_PLATFORM"),
    "page's flag 8": change("PAGE_DATA", flags=8),
    "page's flag 31": change("PAGE_DATA", flags=1 << 31),
    "region's flag 8": change("RELOCATABLE_REGION", flags=11),
    "region's flag 128": change("RELOCATABLE_REGION", flags=131),
    "page tables' reserved": change("PAGE_TABLE_RELOCATION_REGION", reserved=1),
    "required memory's flag 2": change("REQUIRED_MEMORY", flags=3),
    "required memory's reserved": change("REQUIRED_MEMORY", reserved=1),
    "context's reserved": change("VP_CONTEXT", reserved=1),
    "CCA policy's reserved": with_cca(Header("CCA_POLICY", **CCA_POLICY, reserved=1)),
    "CCA policy's last byte": with_cca(Header("CCA_POLICY", **CCA_POLICY, reserved1=b"\0\0\0\0\0\1")),
    "a register's reserved bytes": data("VP_CONTEXT", context([(2, PC, REGION)])[:9] + b"\1" +
                                        context([(2, PC, REGION)])[10:]),
    "a register's last reserved byte": data("VP_CONTEXT", context([(2, PC, REGION)])[:19] + b"\1" +
                                            context([(2, PC, REGION)])[20:]),
    "CCA context with more": with_cca(cca_context(bytes(PAGE - 1) + b"\1")),
    "area never inserted": without("PARAMETER_INSERT"),
    "second area never inserted": add(area(1)),
    "parameter at the end of its area": change("DEVICE_TREE", byte_offset=2 * PAGE),
    "parameter far out": change("DEVICE_TREE", byte_offset=0xFFFFFFFF),
    "VP_COUNT half out": add(Header("VP_COUNT", index=0, byte_offset=2 * PAGE - 2), behind="DEVICE_TREE"),
    "ENVIRONMENT_INFO half out": add(Header("ENVIRONMENT_INFO", index=0, byte_offset=2 * PAGE - 3),
                                     behind="DEVICE_TREE"),
    "MMIO_RANGES half out": add(Header("MMIO_RANGES", index=0, byte_offset=2 * PAGE - 31), behind="DEVICE_TREE"),
    "error range not in pages": add(Header("ERROR_RANGE", gpa=HOLE, compatibility_mask=1, size=PAGE + 1)),
    "error range of a byte": add(Header("ERROR_RANGE", gpa=HOLE, compatibility_mask=1, size=1)),
    "padding": padding,
    "2 MiB page": change("PAGE_DATA", flags=1),
    "gap of 4 bytes": written(gap=bytes(4)),
    "gap of 8 bytes": written(gap=bytes(8)),
    "trailing byte": trailing,
}

# Good by the format, refused by our reader (boot/igvm/README.md, "Also refused", and its limits in igvm_reader.h).
MOST = 16 << 20  # bytes of an area or an error range


def areas(count):
    return add(*(each for i in range(1, count) for each in (area(i), insert(i, HOLE + i * PAGE))))


def error_ranges(count, size=PAGE):
    return add(*(Header("ERROR_RANGE", gpa=HOLE + i * size, compatibility_mask=1, size=size) for i in range(count)))


def corim(name, content=b"corim"):
    return Header(name, content, compatibility_mask=1, size=len(content))


def measurement(**fields):
    return Header("VBS_MEASUREMENT", **{
        "compatibility_mask": 1, "version": 1, "product_id": 1, "module_id": 2, "svn": 3, "digest_algo": 1,
        "signing_algo": 1, "digest": b"d" * 32 + bytes(32), "signature": b"s" * 96 + bytes(160),
        "public_key": b"k" * 96 + bytes(416), **fields})


STRICTER = {
    "pages descend": add(page(REGION + 2 * PAGE)),
    "inserts descend": add(area(1), insert(1, REGION + 10 * PAGE)),
    "shared page in VTL2's region": change("PAGE_DATA", flags=SHARED),
    "shared page at the end of VTL2's region": change("PAGE_DATA", 1, gpa=2 * REGION - PAGE, flags=SHARED),
    "shared page at the end of VTL2's page tables": change("PAGE_DATA", 2, gpa=2 * REGION + 3 * PAGE, flags=SHARED),
    "register twice": registers((2, PC, REGION), (2, PC, REGION)),
    "register twice, not side by side": registers((2, PC, REGION), (2, 0x20000, 1), (2, PC, REGION)),
    "mask 0 of a page": change("PAGE_DATA", compatibility_mask=0),
    "mask 0 of required memory": change("REQUIRED_MEMORY", compatibility_mask=0),
    "CCA alone": lambda headers: write([platform(2, CCA), cca_context(), page(0, compatibility_mask=2)]),
    "area above the limit": add(area(1, MOST // PAGE + 1), insert(1)),
    "area of no bytes": add(area(1, 0), insert(1)),
    "17 areas": areas(17),
    "17 error ranges": error_ranges(17),
    "error range above the limit": error_ranges(1, MOST + PAGE),
    "error range of no bytes": error_ranges(1, 0),
    "five regions": add(*(region(HOLE + i * REGION) for i in range(4)), behind="RELOCATABLE_REGION"),
    "base below the minimum": change("RELOCATABLE_REGION", minimum_gpa=2 * REGION),
    "end above the maximum": change("RELOCATABLE_REGION", maximum_gpa=REGION),
    "region of no bytes": add(region(HOLE, 0), behind="RELOCATABLE_REGION"),
    "alignment 0": change("RELOCATABLE_REGION", alignment=0),
    "alignment of three pages": change("RELOCATABLE_REGION", alignment=3 * PAGE, base_gpa=3072 * PAGE, minimum_gpa=0),
    "alignment of half a page": change("RELOCATABLE_REGION", alignment=PAGE // 2),
    "VTL2 without its flag": change("RELOCATABLE_REGION", flags=2),
    "VTL2's flag at VTL0": lambda headers: (vtl0_context(headers), change("RELOCATABLE_REGION", vtl=0)(headers))[-1],
    "GDTR of x64": change("RELOCATABLE_REGION", flags=7),
    "GPA of a context": change("VP_CONTEXT", gpa=PAGE),
    "register of more than 64 bits": registers((2, PC, 1 << 64)),
    "register's last byte": registers((2, PC, 1 << 127)),
    "required memory of no bytes": change("REQUIRED_MEMORY", number_of_bytes=0),
    "required memory not aligned": change("REQUIRED_MEMORY", gpa=REGION + 8),
    "error range not aligned": add(Header("ERROR_RANGE", gpa=HOLE + 8, compatibility_mask=1, size=PAGE)),
    "page at the end of all": add(page((1 << 64) - PAGE)),
    "CCA policy that contradicts itself": with_cca(Header("CCA_POLICY", compatibility_mask=2, required_zeroes=1,
                                                          required_ones=1)),
    "signature without a document": add(corim("CORIM_SIGNATURE"), behind="SUPPORTED_PLATFORM"),
    "document twice": add(corim("CORIM_DOCUMENT"), corim("CORIM_DOCUMENT", b"x"), behind="SUPPORTED_PLATFORM"),
    "document without content": add(corim("CORIM_DOCUMENT", b""), behind="SUPPORTED_PLATFORM"),
    "measurement twice": add(measurement(), measurement()),
    "measurement of version 2": add(measurement(version=2)),
    "measurement by another hash": add(measurement(digest_algo=2)),
    "measurement by another algorithm": add(measurement(signing_algo=2)),
    "measurement with another flag": add(measurement(policy_flags=2)),
}

# What is right beside them.
GOOD = {
    "base": write,
    "page's data at the very end": offset("PAGE_DATA", "last page", 2),
    "page's data at the first byte behind the headers": offset("PAGE_DATA", "first data", 1),
    "zeros that are in the file": data("PAGE_DATA", bytes(PAGE)),
    "zeros that are not": data("PAGE_DATA", None),
    "highest VTL 0": lambda headers: also(change("SUPPORTED_PLATFORM", highest_vtl=0), registers((0, PC, 0)),
                                          change("RELOCATABLE_REGION", vtl=0, flags=2),
                                          change("PAGE_TABLE_RELOCATION_REGION", vtl=0))(headers),
    "another bit": lambda headers: [
        header.fields.update(compatibility_mask=1 << 31) for header in headers
        if "compatibility_mask" in header.fields] and write(headers),
    "X7": registers((2, 0x20007, 1)),
    "all registers": registers(*((2, 0x20000 + i, i) for i in range(8)), (2, PC, REGION), (2, 0x20023, 0x3C5),
                               *((2, 0x40000 + i, i) for i in (2, 5, 6, 7, 0xB, 0xC))),
    "a context of VTL 0 too": vtl0_context,
    "VSM and CCA": with_cca(),
    "CCA first": lambda headers: (headers.insert(0, platform(2, CCA)), headers.append(cca_context()),
                                  write(headers))[-1],
    "CCA policy": with_cca(Header("CCA_POLICY", **CCA_POLICY, hash=2)),
    "CCA context used to its end": with_cca(page(HOLE, compatibility_mask=3)),
    "guest policy under VSM": add(Header("GUEST_POLICY", policy=0x30000, compatibility_mask=1),
                                  behind="SUPPORTED_PLATFORM"),
    "ENVIRONMENT_INFO": add(Header("ENVIRONMENT_INFO", index=0, byte_offset=8), behind="DEVICE_TREE"),
    "VP_COUNT at the end of its area": add(Header("VP_COUNT", index=0, byte_offset=2 * PAGE - 4),
                                           behind="DEVICE_TREE"),
    "second region right behind": add(region(HOLE), region(HOLE + REGION), behind="RELOCATABLE_REGION"),
    "page tables used to the last": change("PAGE_TABLE_RELOCATION_REGION", used_size=4 * PAGE),
    "page tables right in front": change("PAGE_TABLE_RELOCATION_REGION", gpa=REGION - 4 * PAGE),
    "insert right in front of the page tables": change("PARAMETER_INSERT", gpa=2 * REGION - 2 * PAGE),
    "second area": add(area(1, 3, b"a" * 3 * PAGE), insert(1)),
    "area right behind an area": add(area(1), insert(1, REGION + 18 * PAGE)),
    "page right behind an area": add(page(3 * REGION), page(REGION * 3 + PAGE)),
    "error range": add(Header("ERROR_RANGE", gpa=HOLE, compatibility_mask=1, size=PAGE)),
    "error range right in front of a page": add(
        Header("ERROR_RANGE", gpa=HOLE, compatibility_mask=1, size=3 * PAGE), page(HOLE + 3 * PAGE)),
    "unmeasured page": change("PAGE_DATA", flags=UNMEASURED),
    "shared page outside": add(page(HOLE, flags=SHARED)),
    "required memory without flag": change("REQUIRED_MEMORY", flags=0),
    "no regions": lambda headers: also(without("RELOCATABLE_REGION"), without("PAGE_TABLE_RELOCATION_REGION"))(headers),
    "no context": lambda headers: also(without("RELOCATABLE_REGION"), without("PAGE_TABLE_RELOCATION_REGION"),
                                       without("VP_CONTEXT"))(headers),
    "a large area": add(area(1, MOST // PAGE), insert(1)),
    "16 areas": areas(16),
    "16 error ranges": error_ranges(16),
    "a large error range": error_ranges(1, MOST),
    "three regions": add(region(HOLE), region(HOLE + REGION), behind="RELOCATABLE_REGION"),
    "maximum right behind the region": change("RELOCATABLE_REGION", maximum_gpa=2 * REGION),
    "alignment of a page": change("RELOCATABLE_REGION", alignment=PAGE),
    "VTL0's region": lambda headers: (vtl0_context(headers),
                                      add(region(HOLE, vtl=0, flags=2), behind="RELOCATABLE_REGION")(headers))[-1],
    "shared page in VTL0's region": lambda headers: (
        vtl0_context(headers), add(region(HOLE, vtl=0, flags=2), behind="RELOCATABLE_REGION")(headers),
        add(page(HOLE, flags=SHARED))(headers))[-1],
    "shared page right in front of VTL2's region": lambda headers: (
        headers.insert(8, page(REGION - PAGE, flags=SHARED)), write(headers))[-1],
    "shared page right behind the page tables": add(page(2 * REGION + 4 * PAGE, flags=SHARED)),
    "document and signature": add(corim("CORIM_DOCUMENT"), corim("CORIM_SIGNATURE"), behind="SUPPORTED_PLATFORM"),
    "measurement": add(measurement(policy_flags=1)),
    # 7.1's own file is like this: whether a start can be made of it is the loader's matter.
    "PC outside": registers((2, PC, 0)),
}


def refuse(path, raw):
    path.write_bytes(raw)
    done = igvm("measure", "--short", path)
    assert (done.returncode, done.stdout) == (1, ""), done
    refused = REFUSED.fullmatch(done.stderr.rstrip("\n"))
    assert refused and refused.group(1) == str(path), done.stderr


@pytest.mark.parametrize("row", STRICTER)
def test_stricter(tmp_path, row):
    raw = STRICTER[row](base())
    assert check(raw) == []
    refuse(tmp_path / "bad.igvm", raw)


@pytest.mark.parametrize("row", [*SECTION_3, *SECTION_6])
def test_refused(tmp_path, row):
    raw = (SECTION_3.get(row) or SECTION_6[row])(base())
    problems = check(raw)
    assert problems, "the model takes it"
    if row not in ("CRC wrong", "version 1 with arm registers"):  # the latter's is over 24 bytes
        assert "checksum" not in problems
    refuse(tmp_path / "bad.igvm", raw)


@pytest.mark.parametrize("row", GOOD)
def test_accepted(tmp_path, row):
    raw = GOOD[row](base())
    assert check(raw) == []
    path = tmp_path / "good.igvm"
    path.write_bytes(raw)
    done = igvm("measure", "--short", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, measure(parse(raw)) + "\n", "")
