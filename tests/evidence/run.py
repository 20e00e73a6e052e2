#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the evidence program on one machine and checks what vtl was given.

By RSI: the measurements, and a token that has them, the challenge and the personalization value. With --without-rsi,
SMC is undefined: the VBS report. --work DIR keeps program.igvm, console.log and the evidence itself.
"""

import argparse
import hashlib
import pathlib
import re
import secrets
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "contract"))
from run import CPU_OPTIONS, END, build_igvm, need  # noqa: E402 (the contract runner's parts)

CHALLENGE = bytes(range(0x40, 0x80))  # evidence.c
CCA, VBS = 1, 2  # enum vtl_evidence_kind
DIGEST = re.compile(r"^refhv: launch digest ([0-9a-f]{64})$")
LINE = re.compile(r"^paravane: (kind|extend|start|end|measurement|evidence) (.*)$")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refhv", required=True, type=pathlib.Path, help="refhv.img")
    parser.add_argument("--igvm-tool", required=True, type=pathlib.Path)
    parser.add_argument("--image", required=True, type=pathlib.Path, help="the program's ELF file")
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--without-rsi", action="store_true")
    parser.add_argument("--timeout", type=float, default=100, help="seconds for the machine")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("evidence-run"))
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    return parser.parse_args()


def run_machine(options, igvm, nonce, rpv):
    words = f"nonce={nonce} rpv={rpv.hex()}" + (" rsi=off" if options.without_rsi else "")
    command = [
        options.qemu, "-M", "virt,virtualization=on,gic-version=3",
        "-cpu", CPU_OPTIONS.get(options.cpu, options.cpu), "-smp", "1", "-m", "512M",
        "-nographic", "-no-reboot", "-nic", "none", "-kernel", str(options.refhv),
        "-initrd", str(igvm), "-append", words,
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=options.timeout)
    (options.work / "console.log").write_bytes(done.stdout)
    return done.stdout.decode("utf-8", "replace").replace("\r", "").splitlines()


def said(lines, word):
    return [m[2] for m in map(LINE.match, lines) if m and m[1] == word]


def sha256(data):
    return hashlib.sha256(data).digest()


def check_rsi(lines, evidence, digest, rpv):
    """What is wrong, by Arm DEN0137 1.0, A7."""
    values = bytes.fromhex("".join(said(lines, "measurement")))
    registers = [values[i:i + 64] for i in range(0, len(values), 64)]
    extended = sha256(sha256(bytes(32) + CHALLENGE) + CHALLENGE[:5])
    wanted = [digest + bytes(32), bytes(64), extended + bytes(32), bytes(64), bytes(64)]
    if said(lines, "kind") != [str(CCA)] or said(lines, "extend") != ["0 0"]:
        yield "RSI is not used"
    if registers != wanted:
        yield "the measurements are others"
    if not evidence.startswith(bytes.fromhex("d9038ba2")):
        yield "the evidence is no token"
    for name, part in [("challenge", CHALLENGE), ("launch digest", digest),
                       ("personalization value", rpv), ("extended measurement", extended)]:
        if part not in evidence:
            yield f"the token does not have the {name}"


def check_report(lines, evidence, digest, rpv):
    """What is wrong, by the reference's section 9.1."""
    if said(lines, "kind") != [str(VBS)] or said(lines, "measurement"):
        yield "something other than the report is used"
    if len(evidence) != 0x230 or int.from_bytes(evidence[:4], "little") != 0x230:
        yield "the report has another size"
    if evidence[0x18:0x58] != CHALLENGE:
        yield "the report does not have the challenge"
    if evidence[0x78:0x98] != digest or evidence[0xb8:0xd8] != rpv[:32]:
        yield "the report does not have the launch digest or the host's data"


def judge(options, lines, nonce, rpv):
    digest = next((m[1] for m in map(DIGEST.match, lines) if m), "")
    end = next((m for m in map(END.match, reversed(lines)) if m), None)
    evidence = bytes.fromhex("".join(said(lines, "evidence")))
    (options.work / "evidence").write_bytes(evidence)
    check = check_report if options.without_rsi else check_rsi
    problems = list(check(lines, evidence, bytes.fromhex(digest), rpv))
    if said(lines, "start") != ["0"] or said(lines, "end") != ["0"]:
        problems.append("the evidence did not come to its end")
    if end is None or end[1] != nonce or end[2] != "off":
        problems.append(f"refhv's last line: {end[0] if end else 'none'}")
    return problems


def main():
    options = arguments()
    need(options.refhv, "build the image preset")
    need(options.image, "build the image preset")
    need(options.igvm_tool, "build the host preset")
    options.work.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(8)
    rpv = secrets.token_bytes(64)
    lines = run_machine(options, build_igvm(options), nonce, rpv)
    problems = judge(options, lines, nonce, rpv)
    for problem in problems:
        print("FAIL", problem)
    if problems:
        print("the console's last lines:", *lines[-12:], sep="\n    ")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
