# SPDX-License-Identifier: BSD-3-Clause
"""What is wrong with an IGVM file: every row of igvm.md section 3 that is no good file, and what section 6 adds.

Only what the text says for certain: a reader may refuse more.
"""

import struct
import zlib

from igvm_format import (
    BODIES, CCA, FIXED, MAGIC, MEMBERS, NAMES, PAGE, PARAMETER_BYTES, REGISTERS, VSM, Header,
    Malformed, data_bytes, frames, platform_bits,
)

KNOWN_REGISTERS = set(REGISTERS.values())


def section_of(number):
    """Section 1.2: which part of the file a type belongs to."""
    return 0 if number <= 0x100 else 1 if number <= 0x200 else 2


def overlap(first, second):
    return first[0] < second[1] and second[0] < first[1]


class Checker:
    """One file. `problems` is filled by check()."""

    def __init__(self, raw):
        self.raw = raw
        self.problems = []
        self.headers = []
        self.headers_end = 0

    def refuse(self, condition, reason):
        if condition:
            self.problems.append(reason)

    def check(self):
        try:
            self.fixed_header()
            self.framing()
        except Malformed as malformed:
            self.problems.append(str(malformed))
            return self.problems
        self.vsm = platform_bits(self.headers, VSM)
        self.cca = platform_bits(self.headers, CCA)
        self.platforms()
        self.masks()
        self.file_offsets()
        self.initialization()
        self.parameters()
        self.memory()
        self.contexts()
        self.regions()
        return self.problems

    def of(self, *names):
        return [header for header in self.headers if header.name in names]

    def fixed_header(self):
        """Section 1.1."""
        if len(self.raw) < FIXED.size:
            raise Malformed("too short")
        magic, version, offset, size, total, checksum, architecture, page_size = FIXED.unpack_from(self.raw)
        self.headers_end = offset + size
        self.refuse(magic != MAGIC, "magic")
        self.refuse(version != 2, "format version")
        self.refuse(architecture != 1, "architecture")
        self.refuse(page_size != PAGE, "page size")
        self.refuse(total != len(self.raw), "total file size")
        self.refuse(offset != FIXED.size, "gap")
        self.refuse(self.headers_end >= len(self.raw), "no file data")
        words = [magic, version, offset, size, total, 0, architecture, page_size]
        crc = zlib.crc32(FIXED.pack(*words) + self.raw[offset:self.headers_end])
        self.refuse(crc != checksum, "checksum")

    def framing(self):
        """Section 1.2."""
        part = 0
        for number, body, padding in frames(self.raw):
            self.refuse(any(padding), "padding")
            self.refuse(section_of(number) < part, "section order")
            part = max(part, section_of(number))
            names = [member for member, _ in MEMBERS[number]]
            self.headers.append(Header(NAMES[number], None, **dict(zip(names, BODIES[number].unpack(body)))))

    def platforms(self):
        """Section 2.1."""
        platforms = self.of("SUPPORTED_PLATFORM")
        self.refuse(not platforms, "no platform")
        for header in platforms:
            self.refuse(header.compatibility_mask.bit_count() != 1, "platform's mask")
            self.refuse(header.highest_vtl not in (0, 2), "highest VTL")
            self.refuse(header.platform_type not in (VSM, CCA), "platform type")
            self.refuse(header.platform_version != 1, "platform version")
            self.refuse(header.shared_gpa_boundary != 0, "shared GPA boundary")
        kinds = [header.platform_type for header in platforms]
        self.refuse(len(set(kinds)) != len(kinds), "platform type twice")
        masks = [header.compatibility_mask for header in platforms]
        self.refuse(len(set(masks)) != len(masks), "platforms with one bit")

    def masks(self):
        """Section 6: an orphan mask."""
        known = 0
        for header in self.of("SUPPORTED_PLATFORM"):
            known |= header.compatibility_mask
        for header in self.headers:
            self.refuse(header.fields.get("compatibility_mask", 0) & ~known, "mask bit without a platform")

    def file_offsets(self):
        """Sections 2.3 and 3: data lies behind the headers and in the file. Section 6: no counted bytes behind it."""
        end = self.headers_end + 1
        for header in self.headers:
            if not header.points() or (header.file_offset == 0 and header.name in ("PAGE_DATA", "PARAMETER_AREA")):
                continue
            self.refuse(header.file_offset < self.headers_end, "offset into the headers")
            until = header.file_offset + data_bytes(header, self.raw, self.cca)
            self.refuse(until > len(self.raw), "data beyond the end")
            end = max(end, until)
        self.refuse(len(self.raw) > end, "trailing bytes")

    def initialization(self):
        """Section 2.2, but for regions."""
        for header in self.of("GUEST_POLICY", "CORIM_DOCUMENT", "CORIM_SIGNATURE", "CCA_POLICY"):
            self.refuse(header.reserved, f"reserved of {header.name}")
        for header in self.of("CCA_POLICY"):
            self.refuse(header.compatibility_mask & ~self.cca, "CCA policy without CCA")
            self.refuse(header.hash > 2, "CCA policy's hash")
            self.refuse(any(header.reserved1), "reserved of CCA_POLICY")

    def parameters(self):
        """Section 2.3: the life cycle of parameter areas, and section 6's rules for them."""
        areas = {}
        waiting = {}
        for header in self.headers:
            if header.name == "PARAMETER_AREA":
                self.refuse(header.number_of_bytes % PAGE, "area's size")
                self.refuse(header.index in areas, "area twice")
                areas[header.index] = waiting[header.index] = header.number_of_bytes
            elif header.name in PARAMETER_BYTES:
                self.refuse(header.index not in waiting, "parameter without a waiting area")
                outside = header.byte_offset + PARAMETER_BYTES[header.name] > waiting.get(header.index, 1 << 64)
                self.refuse(outside, "parameter outside its area")
            elif header.name == "PARAMETER_INSERT":
                self.refuse(header.gpa % PAGE, "insert not aligned")
                self.refuse(waiting.pop(header.index, None) is None, "insert without a waiting area")
        self.refuse(waiting, "area never inserted")
        self.areas = areas

    def memory(self):
        """Section 2.3: pages, ranges; section 6: no page inside two headers."""
        for header in self.of("PAGE_DATA"):
            self.refuse(header.gpa % PAGE, "page not aligned")
            self.refuse(header.reserved, "reserved of PAGE_DATA")
            self.refuse(header.flags & 1, "2 MiB page")
            self.refuse(header.flags & ~7, "reserved flags of PAGE_DATA")
            self.refuse(header.data_type, "data type")  # 1 to 3: the VBS digest has none for them
        for header in self.of("REQUIRED_MEMORY"):
            self.refuse(header.number_of_bytes % PAGE, "required memory's size")
            self.refuse(header.flags & ~1, "reserved flags of REQUIRED_MEMORY")
            self.refuse(header.reserved, "reserved of REQUIRED_MEMORY")
        for header in self.of("ERROR_RANGE"):
            self.refuse(header.size % PAGE, "error range's size")
        taken = sorted(self.taken(), key=lambda extent: extent[0])
        for bit in (self.vsm, self.cca):
            last = 0
            for begin, end, header in taken:
                if header.compatibility_mask & bit:
                    self.refuse(begin < last, "page inside two headers")
                    last = max(last, end)

    def taken(self):
        for header in self.of("PAGE_DATA", "PARAMETER_INSERT", "ERROR_RANGE"):
            count = PAGE
            if header.name == "PARAMETER_INSERT":
                count = self.areas.get(header.index, PAGE)
            elif header.name == "ERROR_RANGE":
                count = header.size
            if count:
                yield header.gpa, header.gpa + count, header

    def contexts(self):
        """Section 2.3."""
        self.context_vtls = []
        for header in self.of("VP_CONTEXT"):
            self.refuse(header.compatibility_mask.bit_count() != 1, "VP context's mask")
            self.refuse(header.vp_index, "VP index")
            self.refuse(header.reserved, "reserved of VP_CONTEXT")
            data = self.raw[header.file_offset:]
            if header.compatibility_mask & self.cca:
                self.context_vtls.append((header.compatibility_mask, None))
                self.refuse(any(data[80:PAGE]), "bytes behind a CCA context")
            elif header.compatibility_mask & self.vsm and len(data) >= 4:
                self.registers(header, data)

    def registers(self, header, data):
        (count,) = struct.unpack_from("<I", data)
        self.refuse(not count, "no registers")
        if not count or 4 + 32 * count > len(data):
            return
        vtls = set()
        for at in range(4, 4 + 32 * count, 32):
            vtl, number = struct.unpack_from("<BI", data, at)
            vtls.add(vtl)
            self.refuse(number not in KNOWN_REGISTERS, "register")
            self.refuse(any(data[at + 5:at + 16]), "reserved of a register")
        self.refuse(len(vtls) != 1, "mixed VTLs")
        self.refuse(vtls - {0, 2}, "context's VTL")
        self.refuse((header.compatibility_mask, min(vtls)) in self.context_vtls, "context of a VTL twice")
        self.context_vtls.append((header.compatibility_mask, min(vtls)))

    def regions(self):
        """Section 2.2: relocation."""
        taken = []
        tables = 0
        for header in self.of("RELOCATABLE_REGION", "PAGE_TABLE_RELOCATION_REGION"):
            mask = header.compatibility_mask
            self.refuse(header.vp_index, "VP index")
            self.refuse(not any(mask & bit and vtl in (None, header.vtl) for bit, vtl in self.context_vtls),
                        "relocation without a VP context")
            if header.name == "RELOCATABLE_REGION":
                self.refuse(header.flags & ~7, "reserved flags of RELOCATABLE_REGION")
                self.refuse(header.alignment and header.base_gpa % header.alignment, "region's base")
                extent = header.base_gpa, header.base_gpa + header.size
            else:
                self.refuse(header.reserved, "reserved of PAGE_TABLE_RELOCATION_REGION")
                self.refuse(header.used_size > header.size, "used size")
                self.refuse(mask & tables, "two page table regions")
                tables |= mask
                extent = header.gpa, header.gpa + header.size
                self.refuse(any(self.inserted_in(extent, mask)), "insert inside the page table region")
            self.refuse(any(mask & other and overlap(extent, at) for other, at in taken), "regions overlap")
            taken.append((mask, extent))

    def inserted_in(self, extent, mask):
        for header in self.of("PARAMETER_INSERT"):
            at = header.gpa, header.gpa + self.areas.get(header.index, 0)
            yield header.compatibility_mask & mask and overlap(extent, at)


def check(raw):
    """All that is wrong; empty for a good file."""
    return Checker(raw).check()
