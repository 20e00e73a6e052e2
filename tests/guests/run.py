#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs one guest under Paravane on one machine and reports each of its checks.

The exit status is 0 if the guest came to its end, every check passed, Paravane did not panic and
refhv's last line says "off". --work DIR keeps program.igvm, console.log and junit.xml.
"""

import argparse
import pathlib
import secrets
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "contract"))
from run import CPU_OPTIONS, judge, need, report, run_qemu  # noqa: E402 (the contract runner's parts)

PANIC = "paravane: panic:"
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
DISK_BYTES = 1 << 20
DISK_WORD = 0x50560000
FIRST_DISK_BUS = 8
PORT_NAME = "org.paravane.exec"
PORT_OUTPUT = "port.out"
PORT_WORD = b"works\n"  # what the guest writes there, and nothing else (virtio_console.c)
ICOUNT = "shift=0,sleep=off"  # one instruction is a nanosecond of virtual time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refhv", required=True, type=pathlib.Path, help="refhv.img")
    parser.add_argument("--igvm-tool", required=True, type=pathlib.Path)
    parser.add_argument("--image", required=True, type=pathlib.Path, help="paravane.elf")
    parser.add_argument("--kernel", required=True, type=pathlib.Path, help="the guest's Image")
    parser.add_argument("--append", default="", help="the guest's command line")
    parser.add_argument("--smp", type=int, default=1)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--refhv-option", action="append", default=[], help="may be repeated")
    parser.add_argument("--icount", action="store_true", help="virtual time is instructions")
    parser.add_argument("--qemu-arg", action="append", default=[], help="may be repeated")
    parser.add_argument("--timeout", type=float, default=150, help="seconds for the machine")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("guest-run"))
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    parser.add_argument("--verbose", action="store_true", help="show the checks that pass too")
    parser.add_argument("--feed", type=int, default=0, help="bytes for the console: a to z, again")
    parser.add_argument("--rng", action="store_true", help="the host has an entropy device")
    parser.add_argument("--disk", action="append", default=[], metavar="NAME[,ro]",
                        help="a disk of 1 MiB with a known pattern, in --work; may be repeated")
    parser.add_argument("--net", action="store_true", help="the host has a card, and answers ARP")
    parser.add_argument("--console", action="store_true",
                        help="the host has a console device; what comes out of its second port is judged")
    return parser.parse_args()


def build_igvm(options):
    igvm = options.work / "program.igvm"
    subprocess.run(
        [options.igvm_tool, "build", "--image", options.image, "--kernel", options.kernel,
         "--append", options.append, "--output", igvm],
        check=True, stdout=subprocess.DEVNULL)
    return igvm


def virtio_arguments(options):
    """QEMU's for the host's virtio devices. Word n of a disk is n ^ DISK_WORD (virtio.h)."""
    command = ["-global", "virtio-mmio.force-legacy=false"]
    if options.rng:
        command += ["-device", "virtio-rng-device,bus=virtio-mmio-bus.0"]
    if options.console:
        command += ["-device", "virtio-serial-device,bus=virtio-mmio-bus.1,max_ports=4",
                    "-chardev", "null,id=login", "-device", "virtconsole,nr=0,chardev=login",
                    "-chardev", f"file,id=exec,path={options.work / PORT_OUTPUT}",
                    "-device", f"virtserialport,nr=1,chardev=exec,name={PORT_NAME}"]
    if options.net:
        command += ["-netdev", "user,id=net0,restrict=on,ipv6=off",
                    "-device", "virtio-net-device,netdev=net0,bus=virtio-mmio-bus.3"]
    for index, disk in enumerate(options.disk):
        name, _, word = disk.partition(",")
        path = options.work / f"{name}.disk"
        path.write_bytes(struct.pack(f"<{DISK_BYTES // 4}I",
                                     *(n ^ DISK_WORD for n in range(DISK_BYTES // 4))))
        read_only = "on" if word == "ro" else "off"
        command += ["-drive", f"if=none,id=disk{index},format=raw,readonly={read_only},file={path}",
                    "-device", f"virtio-blk-device,drive=disk{index},"
                               f"bus=virtio-mmio-bus.{FIRST_DISK_BUS + index}"]
    return command


def run_machine(options, igvm, nonce):
    """The console's lines, and whether QEMU ended by itself."""
    command = [
        options.qemu, "-M", "virt,virtualization=on,gic-version=3",
        "-cpu", CPU_OPTIONS.get(options.cpu, options.cpu), "-smp", str(options.smp), "-m", "512M",
        "-nographic", "-no-reboot", "-nic", "none", "-kernel", str(options.refhv),
        "-initrd", str(igvm), "-append", " ".join([f"nonce={nonce}", *options.refhv_option]),
        *(["-icount", ICOUNT] if options.icount else []), *options.qemu_arg,
        *virtio_arguments(options),
    ]
    feed = (LETTERS * (options.feed // len(LETTERS) + 1))[:options.feed]
    return run_qemu(options, command, feed)


def port_problems(options):
    """The port's bytes are the guest's words, whole."""
    if not options.console:
        return []
    output = (options.work / PORT_OUTPUT).read_bytes()
    words = len(output) // len(PORT_WORD)
    print(f"note console words that came out: {words}")
    return [] if words != 0 and output == PORT_WORD * words else ["the console's port got other bytes"]


def main():
    options = arguments()
    for path in (options.refhv, options.image, options.kernel):
        need(path, "build the image preset")
    need(options.igvm_tool, "build the host preset")
    options.work.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(8)
    start = time.monotonic()
    lines, ended = run_machine(options, build_igvm(options), nonce)
    checks, problems = judge(lines, ended, nonce)
    problems += [line for line in lines if line.startswith(PANIC)]
    problems += port_problems(options)
    for line in lines:
        if line.startswith("note "):
            print(line)
    return report(options, lines, checks, problems, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
