# SPDX-License-Identifier: BSD-3-Clause
"""The register table and the offsets of the VP, read from where the code has them too."""

import re

ROW = re.compile(r"^REGISTER\((\w+), (\d+), (\d+), (\d+), (\d+), (\d+), (\w+), (\w+),", re.M)
FEATURE = re.compile(r"X\((\w+), (id_\w+), (\d+), (\d+)\)")
DEFINE = re.compile(r"^#define (VP_\w+|ASSIST_\w+) (\d+)\b", re.M)


class Register:
    def __init__(self, name, access, feature):
        self.name, self.access, self.feature = name, access, feature


class Table:
    """vtl/abi/registers.def by encoding, vtl/abi/registers.h's features, vtl/hv/vp.h's offsets."""

    def __init__(self, source):
        rows = (source / "vtl/abi/registers.def").read_text()
        self.registers = {tuple(map(int, m.group(2, 3, 4, 5, 6))): Register(m[1], m[7], m[8])
                          for m in ROW.finditer(rows)}
        features = (source / "vtl/abi/registers.h").read_text()
        self.features = {m[1]: (m[2], int(m[3]), int(m[4])) for m in FEATURE.finditer(features)}
        vp = (source / "vtl/hv/vp.h").read_text()
        self.offsets = {m[1]: int(m[2]) for m in DEFINE.finditer(vp)}
        for feature in ("SPE", "TRBE", "BRBE"):
            if feature not in self.features:
                raise ValueError(f"registers.h has no {feature}")
