# SPDX-License-Identifier: BSD-3-Clause
"""Crafted files: a good one with what most rules are about, and ways to spoil it.

Each way takes the base file's headers and gives a file's bytes.
"""

import struct
import zlib

from igvm_format import (
    CCA, FIXED, PAGE, VSM, Header, context, frame, reseal, seal, variable_headers, write,
)

PC = 0x20022
REGION = 0x200000  # bytes of the base file's region, which begins at REGION
HOLE = 0x10000000  # nothing is here


def base():
    """A good file with what most rows are about."""
    return [
        Header("SUPPORTED_PLATFORM", compatibility_mask=1, highest_vtl=2, platform_type=VSM, platform_version=1),
        Header("RELOCATABLE_REGION", compatibility_mask=1, vtl=2, flags=3, alignment=REGION, base_gpa=REGION,
               size=REGION, minimum_gpa=REGION, maximum_gpa=1 << 40),
        Header("PAGE_TABLE_RELOCATION_REGION", compatibility_mask=1, vtl=2, gpa=2 * REGION, size=4 * PAGE,
               used_size=PAGE),
        Header("REQUIRED_MEMORY", gpa=REGION, compatibility_mask=1, number_of_bytes=REGION, flags=1),
        Header("PARAMETER_AREA", number_of_bytes=2 * PAGE, index=0),
        Header("DEVICE_TREE", index=0),
        Header("VP_CONTEXT", context([(2, PC, REGION), (2, 0x20000, 7)]), compatibility_mask=1),
        Header("PARAMETER_INSERT", gpa=REGION + 16 * PAGE, compatibility_mask=1, index=0),
        page(REGION, b"text"),
        page(REGION + PAGE, b"data"),
        page(2 * REGION, b"tables"),
    ]


def page(gpa, text=b"page", **fields):
    return Header("PAGE_DATA", text.ljust(PAGE, b"."), **{"gpa": gpa, "compatibility_mask": 1, **fields})


def of(headers, name, nth=0):
    return [header for header in headers if header.name == name][nth]


def change(name, nth=0, **fields):
    """The base file with one header's members changed."""
    def make(headers):
        header = of(headers, name, nth)
        assert set(fields) <= set(header.fields)
        header.fields.update(fields)
        return write(headers)
    return make


def also(*changes):
    """One after the other; the file is that of the last."""
    def make(headers):
        raw = None
        for each in changes:
            raw = each(headers)
        return raw
    return make


def without(name):
    def make(headers):
        headers[:] = [header for header in headers if header.name != name]
        return write(headers)
    return make


def add(*added, behind=None):
    """Headers at the end, or behind the last one of a name."""
    def make(headers):
        at = len(headers)
        if behind:
            at = max(i for i, header in enumerate(headers) if header.name == behind) + 1
        headers[at:at] = added
        return write(headers)
    return make


def data(name, content):
    def make(headers):
        of(headers, name).data = content
        return write(headers)
    return make


def offset(name, where, nth=0):
    """The file offset of one header set after all is written."""
    def make(headers):
        raw = write(headers)
        behind = FIXED.size + len(variable_headers(headers))
        value = {"headers": FIXED.size + 8, "fixed": 4, "last header": behind - 1, "first data": behind,
                 "half out": len(raw) - 1, "end": len(raw), "wrap": 0xFFFFF000, "last page": len(raw) - PAGE,
                 "one over": len(raw) - PAGE + 1, "none": 0}[where]
        of(headers, name, nth).fields["file_offset"] = value
        return seal(variable_headers(headers), raw[behind:])
    return make


def written(**asked):
    """The base file with another fixed header."""
    def make(headers):
        raw = write(headers)
        variable = variable_headers(headers)
        return seal(variable, raw[FIXED.size + len(variable):], **asked)
    return make


def moved(how):
    """Other variable headers, made by `how` of the base file's (name, bytes) each; data moves along."""
    def make(headers):
        raw = write(headers)
        blobs = raw[FIXED.size + len(variable_headers(headers)):]

        def framed():
            return b"".join(how([(header.name, variable_headers([header])) for header in headers]))

        grown = len(framed()) - len(variable_headers(headers))
        for header in headers:
            if header.points() and header.data is not None:
                header.fields["file_offset"] += grown
        return seal(framed(), blobs)
    return make


def put(name, number, body):
    """A frame of any type in front of the first header of a name."""
    def how(frames):
        at = [each for each, _ in frames].index(name)
        return [raw for _, raw in frames[:at]] + [frame(number, body)] + [raw for _, raw in frames[at:]]
    return moved(how)


def length(name, more):
    """One header whose length is another one, its body cut or padded to it."""
    def how(frames):
        for each, raw in frames:
            if each != name:
                yield raw
                continue
            number, count = struct.unpack_from("<II", raw)
            yield frame(number, raw[8:8 + count][:count + more].ljust(count + more, b"\0"))
    return moved(how)


def swap(first, second):
    def make(headers):
        i, j = (headers.index(of(headers, name)) for name in (first, second))
        headers[i], headers[j] = headers[j], headers[i]
        return write(headers)
    return make


def patch(at, value):
    """Bytes of the finished file, CRC mended."""
    def make(headers):
        raw = bytearray(write(headers))
        raw[at:at + len(value)] = value
        return reseal(bytes(raw))
    return make


def cut(count):
    return lambda headers: write(headers)[:-count]


def version_1(headers):
    """24 bytes of fixed header, no architecture: x64, which has no arm registers."""
    write(headers)
    for header in headers:
        if header.points() and header.data is not None:
            header.fields["file_offset"] -= 8
    variable = variable_headers(headers)
    blobs = write(headers)[FIXED.size + len(variable):]
    total = 24 + len(variable) + len(blobs)
    words = struct.pack("<5I", 0x4D564749, 1, 24, len(variable), total)
    return words + struct.pack("<I", zlib.crc32(words + bytes(4) + variable)) + variable + blobs


def padding(headers):
    """The four bytes behind a VP context's body."""
    raw = bytearray(write(headers))
    at = raw.index(struct.pack("<II", 0x304, 20), FIXED.size)
    raw[at + 28] = 1
    return reseal(bytes(raw))


def no_file_data(headers):
    """Zero pages only; what needs data is left out."""
    headers[:] = [headers[0], Header("PAGE_DATA", gpa=0, compatibility_mask=1)]
    return write(headers)


def trailing(headers):
    raw = write(headers)
    variable = variable_headers(headers)
    return seal(variable, raw[FIXED.size + len(variable):] + b"\0")


def platform(mask, kind, **fields):
    return Header("SUPPORTED_PLATFORM", **{"compatibility_mask": mask, "platform_type": kind, "platform_version": 1,
                                          **fields})


def area(index, pages=1, content=None):
    return Header("PARAMETER_AREA", content, number_of_bytes=pages * PAGE, index=index)


def insert(index, gpa=HOLE, mask=1):
    return Header("PARAMETER_INSERT", gpa=gpa, compatibility_mask=mask, index=index)


def region(base_gpa, size=REGION, **fields):
    return Header("RELOCATABLE_REGION", **{
        "compatibility_mask": 1, "vtl": 2, "flags": 3, "alignment": REGION, "base_gpa": base_gpa, "size": size,
        "minimum_gpa": 0, "maximum_gpa": 1 << 40, **fields})


def registers(*triples):
    return data("VP_CONTEXT", context(triples))


def cca_context(content=bytes(PAGE), mask=2):
    return Header("VP_CONTEXT", content, compatibility_mask=mask)


def with_cca(*others):
    """The base file with a CCA platform, its context, and headers: those of the initialization section first."""
    def make(headers):
        headers.insert(1, platform(2, CCA))
        for header in others:
            first = header.name in ("CCA_POLICY", "GUEST_POLICY")
            headers.insert(2 if first else len(headers), header)
        headers.append(cca_context())
        return write(headers)
    return make


def vtl0_context(headers):
    headers.append(Header("VP_CONTEXT", context([(0, PC, 0x1000)]), compatibility_mask=1))
    return write(headers)
