# SPDX-License-Identifier: BSD-3-Clause
"""IGVM files, by igvm.md alone: sections 1 and 2 (bytes), 3 and 6 (how they are written), 7 (launch digest).

Nothing of the C code is used here, so that one mistake is not in both.
"""

import hashlib
import struct
import zlib

PAGE = 4096
MAGIC = 0x4D564749
FIXED = struct.Struct("<8I")

VSM, CCA = 1, 6  # platform types that AArch64 has

# Section 2: type, name, members of the body in order, with struct's codes. "Nx" are reserved bytes without a name.
TYPES = (
    (0x001, "SUPPORTED_PLATFORM", (
        ("compatibility_mask", "I"), ("highest_vtl", "B"), ("platform_type", "B"), ("platform_version", "H"),
        ("shared_gpa_boundary", "Q"))),
    (0x101, "GUEST_POLICY", (("policy", "Q"), ("compatibility_mask", "I"), ("reserved", "I"))),
    (0x102, "RELOCATABLE_REGION", (
        ("compatibility_mask", "I"), ("vp_index", "H"), ("vtl", "B"), ("flags", "B"), ("alignment", "Q"),
        ("base_gpa", "Q"), ("size", "Q"), ("minimum_gpa", "Q"), ("maximum_gpa", "Q"))),
    (0x103, "PAGE_TABLE_RELOCATION_REGION", (
        ("compatibility_mask", "I"), ("vp_index", "H"), ("vtl", "B"), ("reserved", "B"), ("gpa", "Q"),
        ("size", "Q"), ("used_size", "Q"))),
    (0x104, "CORIM_DOCUMENT", (
        ("compatibility_mask", "I"), ("file_offset", "I"), ("size", "I"), ("reserved", "I"))),
    (0x105, "CORIM_SIGNATURE", (
        ("compatibility_mask", "I"), ("file_offset", "I"), ("size", "I"), ("reserved", "I"))),
    (0x106, "CCA_POLICY", (
        ("compatibility_mask", "I"), ("reserved", "I"), ("required_zeroes", "Q"), ("required_ones", "Q"),
        ("hash", "B"), ("lfa_policy", "B"), ("reserved1", "6s"))),
    (0x301, "PARAMETER_AREA", (("number_of_bytes", "Q"), ("index", "I"), ("file_offset", "I"))),
    (0x302, "PAGE_DATA", (
        ("gpa", "Q"), ("compatibility_mask", "I"), ("file_offset", "I"), ("flags", "I"), ("data_type", "H"),
        ("reserved", "H"))),
    (0x303, "PARAMETER_INSERT", (("gpa", "Q"), ("compatibility_mask", "I"), ("index", "I"))),
    (0x304, "VP_CONTEXT", (
        ("gpa", "Q"), ("compatibility_mask", "I"), ("file_offset", "I"), ("vp_index", "H"), ("reserved", "H"))),
    (0x305, "REQUIRED_MEMORY", (
        ("gpa", "Q"), ("compatibility_mask", "I"), ("number_of_bytes", "I"), ("flags", "I"), ("reserved", "I"))),
    (0x30B, "SNP_ID_BLOCK", (("compatibility_mask", "I"), ("rest", "692s"))),
    (0x30D, "ERROR_RANGE", (("gpa", "Q"), ("compatibility_mask", "I"), ("size", "I"))),
    (0x311, "VBS_MEASUREMENT", (
        ("compatibility_mask", "I"), ("version", "I"), ("product_id", "I"), ("module_id", "I"), ("svn", "I"),
        ("policy_flags", "I"), ("digest_algo", "I"), ("signing_algo", "I"), ("digest", "64s"),
        ("signature", "256s"), ("public_key", "512s"))),
)
# What the loader writes into an area: type, name, bytes that it has at least.
PARAMETERS = (
    (0x307, "VP_COUNT", 4), (0x308, "SRAT", 1), (0x309, "MADT", 1), (0x30A, "MMIO_RANGES", 32),
    (0x30C, "MEMORY_MAP", 24), (0x30E, "COMMAND_LINE", 1), (0x30F, "SLIT", 1), (0x310, "PPTT", 1),
    (0x312, "DEVICE_TREE", 1), (0x313, "ENVIRONMENT_INFO", 4),
)
# The lengths that section 2 has in its table: what the members above have to add up to.
LENGTHS = {
    0x001: 16, 0x101: 16, 0x102: 48, 0x103: 32, 0x104: 16, 0x105: 16, 0x106: 32, 0x301: 16, 0x302: 24, 0x303: 16,
    0x304: 20, 0x305: 24, 0x307: 8, 0x308: 8, 0x309: 8, 0x30A: 8, 0x30B: 696, 0x30C: 8, 0x30D: 16, 0x30E: 8,
    0x30F: 8, 0x310: 8, 0x311: 864, 0x312: 8, 0x313: 8,
}

NAMES = {number: name for number, name, _ in TYPES + PARAMETERS}
NUMBERS = {name: number for number, name in NAMES.items()}
MEMBERS = {number: members for number, _, members in TYPES}
MEMBERS.update({number: (("index", "I"), ("byte_offset", "I")) for number, _, _ in PARAMETERS})
BODIES = {number: struct.Struct("<" + "".join(code for _, code in members)) for number, members in MEMBERS.items()}
PARAMETER_BYTES = {name: least for _, name, least in PARAMETERS}

UNMEASURED, SHARED = 2, 4  # flags of PAGE_DATA

# Section 2.3: the only registers.
REGISTERS = {f"X{i}": 0x20000 + i for i in range(8)}
REGISTERS.update({
    "PC": 0x20022, "CPSR": 0x20023, "SCTLR_EL1": 0x40002, "TTBR0_EL1": 0x40005, "TTBR1_EL1": 0x40006,
    "TCR_EL1": 0x40007, "MAIR_EL1": 0x4000B, "VBAR_EL1": 0x4000C,
})


class Malformed(Exception):
    """Not even the framing is right."""


class Header:
    """A variable header. data: what its file offset points to; None for offset 0 and for types without one."""

    def __init__(self, name, data=None, **fields):
        self.name = name
        self.data = data
        empty = {member: bytes(int(code[:-1])) if code[-1] == "s" else 0 for member, code in MEMBERS[NUMBERS[name]]}
        assert not set(fields) - set(empty), (name, fields)
        self.fields = {**empty, **fields}

    def __getattr__(self, member):
        try:
            return self.__dict__["fields"][member]
        except KeyError:
            raise AttributeError(member) from None

    def __repr__(self):
        return f"{self.name} {self.fields}"

    def body(self):
        number = NUMBERS[self.name]
        return BODIES[number].pack(*(self.fields[member] for member, _ in MEMBERS[number]))

    def points(self):
        """Has this type a file offset?"""
        return "file_offset" in self.fields


def frame(number, body):
    """Section 1.2; padding is zeros."""
    return struct.pack("<II", number, len(body)) + body + bytes(-len(body) % 8)


def seal(variable, data, *, gap=b"", version=2, architecture=1, page_size=PAGE, total=None, checksum=None):
    """Section 1.1: the fixed header, with the right CRC if no other is asked for, and all the rest."""
    offset = FIXED.size + len(gap)
    if total is None:
        total = offset + len(variable) + len(data)
    words = [MAGIC, version, offset, len(variable), total, 0, architecture, page_size]
    words[5] = zlib.crc32(FIXED.pack(*words) + variable) if checksum is None else checksum
    return FIXED.pack(*words) + gap + variable + data


def reseal(raw):
    """The same bytes with the CRC mended, if it is clear what it covers."""
    words = list(FIXED.unpack_from(raw))
    words[5] = 0
    words[5] = zlib.crc32(FIXED.pack(*words) + raw[words[2]:words[2] + words[3]])
    return FIXED.pack(*words) + raw[FIXED.size:]


def variable_headers(headers):
    return b"".join(frame(NUMBERS[header.name], header.body()) for header in headers)


def write(headers):
    """The canonical file (sections 3 and 6): data in header order, equal pages once, nothing between."""
    data_begins = FIXED.size + len(variable_headers(headers))
    data = bytearray()
    known = {}
    for header in headers:
        if not header.points():
            continue
        if header.data is None:
            header.fields["file_offset"] = 0
            continue
        one_page = header.name == "PAGE_DATA"
        offset = known.get(header.data) if one_page else None
        if offset is None:
            offset = data_begins + len(data)
            data += header.data
            if one_page:
                known[header.data] = offset
        header.fields["file_offset"] = offset
    return seal(variable_headers(headers), bytes(data))


def write_scattered(headers, rng):
    """Another file of the same meaning: data in any order, unaligned, with gaps; parts that are in there are used."""
    data_begins = FIXED.size + len(variable_headers(headers))
    data = bytearray(rng.randbytes(rng.choice((0, 0, 1, 7, 100))))
    pointing = [header for header in headers if header.points() and header.data is not None]
    rng.shuffle(pointing)
    for header in pointing:
        found = data.find(header.data) if rng.random() < 0.3 else -1
        if found < 0:
            found = len(data)
            data += header.data
            data += rng.randbytes(rng.choice((0, 0, 1, 3, 13)))
        header.fields["file_offset"] = data_begins + found
    for header in headers:
        if header.points() and header.data is None:
            header.fields["file_offset"] = 0
    # No bytes at the end that no header counts.
    end = max((header.file_offset + len(header.data) for header in pointing), default=data_begins + 1)
    return seal(variable_headers(headers), bytes(data[:end - data_begins]))


def context(registers):
    """Data of a VSM VP context; registers are (vtl, number, value)."""
    return struct.pack("<I", len(registers)) + b"".join(
        struct.pack("<BI11x", vtl, number) + value.to_bytes(16, "little") for vtl, number, value in registers)


def context_registers(data):
    (count,) = struct.unpack_from("<I", data)
    records = (data[4 + 32 * i:36 + 32 * i] for i in range(count))
    return [(*struct.unpack_from("<BI", record), int.from_bytes(record[16:], "little")) for record in records]


def frames(raw):
    """(number, body, padding) of each variable header, where the framing allows it."""
    if len(raw) < FIXED.size:
        raise Malformed("too short")
    _, _, offset, size, *_ = FIXED.unpack_from(raw)
    end = offset + size
    if end > len(raw):
        raise Malformed("variable headers beyond the end")
    while offset < end:
        if end - offset < 8:
            raise Malformed("half a header")
        number, length = struct.unpack_from("<II", raw, offset)
        body_ends = offset + 8 + length
        following = body_ends + -length % 8
        if number not in LENGTHS:
            raise Malformed(f"unknown type {number:#x}")
        if length != LENGTHS[number]:
            raise Malformed(f"wrong length of {NAMES[number]}")
        if following > end:
            raise Malformed("header beyond the end")
        yield number, raw[offset + 8:body_ends], raw[body_ends:following]
        offset = following


def platform_bits(headers, kind):
    bits = 0
    for header in headers:
        if header.name == "SUPPORTED_PLATFORM" and header.platform_type == kind:
            bits |= header.compatibility_mask
    return bits


def data_bytes(header, raw, cca_mask):
    """How many bytes a header's file offset stands for."""
    if header.name == "PAGE_DATA":
        return PAGE
    if header.name == "PARAMETER_AREA":
        return header.number_of_bytes
    if header.name == "VP_CONTEXT":
        if header.compatibility_mask & cca_mask:
            return PAGE
        at = header.file_offset
        return 4 + 32 * struct.unpack_from("<I", raw, at)[0] if at + 4 <= len(raw) else 4
    return header.size


def parse(raw):
    """Headers with their data. Malformed, if there is no sense in the file; rules are in igvm_rules.py."""
    headers = []
    for number, body, _ in frames(raw):
        names = [member for member, _ in MEMBERS[number]]
        headers.append(Header(NAMES[number], None, **dict(zip(names, BODIES[number].unpack(body)))))
    cca_mask = platform_bits(headers, CCA)
    for header in headers:
        if header.points() and header.file_offset:
            count = data_bytes(header, raw, cca_mask)
            if header.file_offset + count > len(raw):
                raise Malformed(f"data beyond the end: {header}")
            header.data = raw[header.file_offset:header.file_offset + count]
    return headers


def page_record(gpa, metadata, content):
    return struct.pack("<IIQQQ", 0x1020, 2, 0, metadata, gpa // PAGE) + content


def register_record(vtl, number, value):
    return struct.pack("<IIQIBBHII", 48, 0, 0, 0, vtl, 0, 0, 0, number) + value.to_bytes(16, "little")


def records(headers, mask):
    """Section 7: what enters the digest, in order."""
    zeros = bytes(PAGE)
    areas = {}
    registers = []
    for header in headers:
        if header.name == "PARAMETER_AREA":
            areas[header.index] = header.number_of_bytes
            continue
        if not header.fields.get("compatibility_mask", 0) & mask:
            continue
        if header.name == "PAGE_DATA" and not header.flags & SHARED:
            measured = not header.flags & UNMEASURED
            content = header.data if measured and header.data is not None else zeros
            yield page_record(header.gpa, 0 if measured else 4, content)
        elif header.name == "PARAMETER_INSERT":
            for offset in range(0, areas[header.index], PAGE):
                yield page_record(header.gpa + offset, 4, zeros)
        elif header.name == "ERROR_RANGE":
            for offset in range(0, header.size, PAGE):
                yield page_record(header.gpa + offset, 7, zeros)
        elif header.name == "VP_CONTEXT":
            registers += context_registers(header.data)
    for vtl, number, value in registers:
        yield register_record(vtl, number, value)


def measure(headers):
    """The VBS launch digest, in lower-case hexadecimal."""
    digest = bytes(32)
    for record in records(headers, platform_bits(headers, VSM)):
        digest = hashlib.sha256(digest + record).digest()
    return digest.hex()
