# SPDX-License-Identifier: BSD-3-Clause
"""Good files at random: all that an AArch64 file with a VSM platform may have. The same seed makes the same file."""

import random

from igvm_format import (
    CCA, PAGE, PARAMETER_BYTES, PARAMETERS, REGISTERS, SHARED, UNMEASURED, VSM, Header, context, measure,
    write, write_scattered,
)

SCRATCH = 64  # room that every parameter has in its area


class Maker:
    """One file."""

    def __init__(self, seed, most_pages=12):
        self.rng = random.Random(f"igvm {seed}")
        self.most_pages = most_pages
        bits = self.rng.sample(range(32), 3)
        if self.rng.random() < 0.5:
            bits = [0, 1, 2]
        self.vsm = 1 << bits[0]
        self.cca = 1 << bits[1] if self.rng.random() < 0.35 else 0
        self.vtl2 = self.rng.random() < 0.9
        self.vtl0 = not self.vtl2 or self.rng.random() < 0.3
        self.pool = [self.page_content() for _ in range(4)]
        self.regions = []

    def page_content(self):
        kind = self.rng.randrange(4)
        if kind == 0:
            return self.rng.randbytes(PAGE)
        if kind == 1:
            return bytes(PAGE)  # zeros that are in the file
        at = self.rng.randrange(PAGE)
        return bytes(at) + b"\x01" + bytes(PAGE - 1 - at)

    def mask(self):
        """Of any header that may have any."""
        return self.rng.choice([self.vsm] if not self.cca else [self.vsm, self.cca, self.vsm | self.cca])

    def platforms(self):
        made = [Header("SUPPORTED_PLATFORM", compatibility_mask=self.vsm, highest_vtl=2 if self.vtl2 else 0,
                       platform_type=VSM, platform_version=1)]
        if self.cca:
            made.append(Header("SUPPORTED_PLATFORM", compatibility_mask=self.cca, platform_type=CCA,
                               platform_version=1))
        self.rng.shuffle(made)
        return made

    def extents(self):
        """Where things are, ascending: (kind, gpa, pages)."""
        rng = self.rng
        kinds = ["page"] * rng.randrange(self.most_pages + 1)
        kinds += ["area"] * rng.choice((0, 0, 1, 1, 2, 3, 8))
        kinds += ["error"] * rng.choice((0, 0, 0, 1, 2))
        rng.shuffle(kinds)
        gpa = rng.choice((0, 0, 1, 0x40000, 0x41000, 1 << 24)) * PAGE
        made = []
        for kind in kinds:
            gpa += rng.choice((0, 0, 0, 1, 2, 511, 4096)) * PAGE
            pages = 1 if kind == "page" else rng.choice((1, 1, 2, 3, 16))
            made.append((kind, gpa, pages))
            gpa += pages * PAGE
        return made, gpa

    def relocation(self, end):
        """Regions beside each other, in whatever there is; a page table region holds nothing that is inserted."""
        rng = self.rng
        if not self.vtl2 or rng.random() < 0.4:
            return []
        alignment = PAGE << rng.randrange(12)
        base = rng.randrange(end // alignment + 1) * alignment
        size = rng.randrange(1, 600) * PAGE
        top = -(-(base + size) // alignment) * alignment
        self.regions.append((base, base + size))
        made = [Header("RELOCATABLE_REGION", compatibility_mask=self.vsm, vtl=2, flags=rng.choice((1, 3)),
                       alignment=alignment, base_gpa=base, size=size,
                       minimum_gpa=rng.randrange(base // alignment + 1) * alignment,
                       maximum_gpa=top + rng.randrange(100) * alignment)]
        if rng.random() < 0.5:
            behind = max(end, base + size)
            size = rng.randrange(1, 20) * PAGE
            made.append(Header("PAGE_TABLE_RELOCATION_REGION", compatibility_mask=self.vsm, vtl=2, gpa=behind,
                               size=size, used_size=rng.randrange(size // PAGE + 1) * PAGE))
        return made

    def initialization(self, end):
        rng = self.rng
        made = self.relocation(end)
        if rng.random() < 0.2:
            made.append(Header("GUEST_POLICY", policy=rng.getrandbits(64), compatibility_mask=self.vsm))
        if self.cca and rng.random() < 0.6:
            made.append(Header("CCA_POLICY", compatibility_mask=self.cca, required_zeroes=rng.randrange(4) & 2,
                               required_ones=rng.randrange(2), hash=rng.randrange(3), lfa_policy=0))
        rng.shuffle(made)
        if rng.random() < 0.15:
            for name in ("CORIM_DOCUMENT", "CORIM_SIGNATURE")[:rng.randrange(1, 3)]:
                data = rng.randbytes(rng.randrange(1, 300))
                made.append(Header(name, data, compatibility_mask=self.vsm, size=len(data)))
        return made

    def pages(self, extents):
        rng = self.rng
        made = []
        for gpa in extents:
            flags = rng.choice((0, 0, 0, 0, UNMEASURED, SHARED, SHARED | UNMEASURED))
            if any(begin <= gpa < end for begin, end in self.regions):
                flags &= ~SHARED
            data = rng.choice((None, self.page_content(), *self.pool))
            made.append(Header("PAGE_DATA", data, gpa=gpa, compatibility_mask=self.mask(), flags=flags))
        return made

    def areas(self, extents):
        """Events with keys that say where in the file: each area's in their order, and inserts ascending."""
        rng = self.rng
        keyed = []
        indices = rng.sample(range(50), len(extents)) if rng.random() < 0.5 else range(len(extents))
        inserts = sorted(rng.random() for _ in extents)
        for index, insert, (gpa, pages) in zip(indices, inserts, extents):
            declared = rng.uniform(0, insert)
            content = rng.randbytes(pages * PAGE) if rng.random() < 0.4 else None
            keyed.append((declared, Header("PARAMETER_AREA", content, number_of_bytes=pages * PAGE, index=index)))
            for _ in range(rng.choice((0, 1, 1, 2, 4))):
                name = rng.choice(PARAMETERS)[1]
                room = pages * PAGE - SCRATCH - PARAMETER_BYTES[name]
                offset = rng.choice((0, rng.randrange(room)))
                keyed.append((rng.uniform(declared, insert), Header(name, index=index, byte_offset=offset)))
            keyed.append((insert, Header("PARAMETER_INSERT", gpa=gpa, compatibility_mask=self.mask(), index=index)))
        return keyed

    def contexts(self):
        rng = self.rng
        made = []
        for vtl in (0,) * self.vtl0 + (2,) * self.vtl2:
            numbers = rng.sample(sorted(REGISTERS.values()), rng.randrange(1, len(REGISTERS) + 1))
            data = context([(vtl, number, rng.getrandbits(rng.choice((8, 64)))) for number in numbers])
            made.append(Header("VP_CONTEXT", data, compatibility_mask=self.vsm))
        if self.cca:
            made.append(Header("VP_CONTEXT", rng.randbytes(80) + bytes(PAGE - 80), compatibility_mask=self.cca))
        rng.shuffle(made)
        return made

    def required(self):
        rng = self.rng
        for _ in range(rng.choice((0, 1, 1, 2))):
            yield Header("REQUIRED_MEMORY", gpa=rng.randrange(1 << 24) * PAGE, compatibility_mask=self.mask(),
                         number_of_bytes=rng.randrange(1, 1 << 12) * PAGE, flags=rng.randrange(2))

    def directives(self, extents):
        rng = self.rng

        def of(kind):
            return [(gpa, pages) for each, gpa, pages in extents if each == kind]

        keyed = self.areas(of("area"))
        pages = self.pages([gpa for gpa, _ in of("page")])
        # Often all pages behind all else, as our own writer has them; else anywhere.
        first = rng.choice((0, 1))
        keyed += zip(sorted(first + rng.random() for _ in pages), pages)
        others = self.contexts() + list(self.required())
        others += [Header("ERROR_RANGE", gpa=gpa, compatibility_mask=self.mask(), size=pages * PAGE)
                   for gpa, pages in of("error")]
        keyed += [(rng.random(), header) for header in others]
        return [header for _, header in sorted(keyed, key=lambda pair: pair[0])]

    def signed(self, headers):
        """A measurement as `sign` adds it, but for the signature, which is noise."""
        rng = self.rng
        return headers + [Header(
            "VBS_MEASUREMENT", compatibility_mask=self.vsm, version=1, product_id=0x7466736D, module_id=0x736276,
            svn=rng.randrange(10), policy_flags=rng.randrange(2), digest_algo=1, signing_algo=1,
            digest=bytes.fromhex(measure(headers)) + bytes(32), signature=rng.randbytes(96) + bytes(160),
            public_key=rng.randbytes(96) + bytes(416))]

    def headers(self):
        extents, end = self.extents()
        made = self.platforms() + self.initialization(end) + self.directives(extents)
        return self.signed(made) if self.rng.random() < 0.1 else made


def good_headers(seed, most_pages=12):
    return Maker(seed, most_pages).headers()


def good_file(seed, most_pages=12):
    """(bytes, headers, was it written canonically?)"""
    maker = Maker(seed, most_pages)
    headers = maker.headers()
    if maker.rng.random() < 0.6:
        return write(headers), headers, True
    return write_scattered(headers, maker.rng), headers, False
