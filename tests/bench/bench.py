#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the bench guest under Paravane and refhv in QEMU, which counts; prints what an exit costs.

Called by ./paravane bench. Exit status: 0; with --check 1 if a budget is missed; 125 if the machine
failed; 2 for a mistake on the command line.
"""

import argparse
import hashlib
import json
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

import analysis
import elf
import launch

RAM_BASE = 0x40000000
MEMORY_END = 0x60000000  # QEMU virt, -m 512M
REFHV_BASE = MEMORY_END - 0x800000  # host/refhv/README.md
# Fixed, so that the plugin knows Paravane's addresses: refhv's option vtl2-base=.
VTL2_BASE = 0x41000000
VTL2_BYTES = 0x600000
NONCE = "bench"
ANSWERED = "interrupt"
EXITS = 10_000
EXITS_QUICK = 1_000
REQUESTS = 1_000
REQUESTS_QUICK = 100
# Far more than a busy machine takes.
LIMIT_SECONDS = 600
# Nothing is stored. What is asked for is there after so long that the guest waits for it by then.
DISK = "if=none,id=disk,format=raw,file.driver=null-co,file.size=67108864,file.latency-ns=1000000"
# Answers ICMP echoes inside of QEMU, and reaches nothing else. The card sends what it was given after so long
# that the guest has its buffer back and waits for the answer by then.
NETWORK = "user,id=network,restrict=on,ipv6=off"
CARD = "virtio-net-device,netdev=network,bus=virtio-mmio-bus.3,tx=timer,x-txtimer=1000000"
END_SECONDS = 30
STATUS_MACHINE = 125


class MachineError(Exception):
    """The machine did not do what the bench needs; the text says what."""


def arguments():
    parser = argparse.ArgumentParser(prog="./paravane bench", description="", allow_abbrev=False)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cpu", default="max,pauth-impdef=on")
    parser.add_argument("--functions", type=int, default=8)
    parser.add_argument("--image-build", type=pathlib.Path, required=True)
    parser.add_argument("--host-build", type=pathlib.Path, required=True)
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    return parser.parse_args()


class Files:
    """The files of this build, and the symbols in them."""

    def __init__(self, options):
        image = options.image_build
        host = options.host_build
        self.refhv_image = image / "host" / "refhv" / "refhv.img"
        self.paravane_elf = image / "boot" / "paravane.elf"
        self.luks_elf = image / "tests" / "bench" / "bench_luks.elf"
        self.guest_image = image / "tests" / "bench" / "bench_guest.Image"
        self.igvm_tool = host / "host" / "igvm" / "igvm"
        self.plugin = host / "tests" / "bench" / "bench_plugin.so"
        self.refhv = elf.Elf((image / "host" / "refhv" / "refhv.elf").read_bytes())
        self.paravane = elf.Elf(self.paravane_elf.read_bytes())
        self.plain = elf.Elf((image / "boot" / "paravane-plain.elf").read_bytes())
        self.guest = elf.Elf((image / "tests" / "bench" / "bench_guest.elf").read_bytes())

    def ranges(self):
        """owner -> the addresses that are its own."""
        refhv = self.refhv.values
        return {
            "refhv": (REFHV_BASE, REFHV_BASE + refhv["refhv_image_end"]),
            "paravane": (VTL2_BASE, VTL2_BASE + VTL2_BYTES),
        }

    def kinds(self, prefix, known):
        """kind -> the guest's instructions that leave by it, from its first byte."""
        values = self.guest.values
        kinds = {}
        for name in values:
            if name.startswith(prefix) and not name.endswith("_end"):
                kind = name.removeprefix(prefix).replace("_", "-")
                kinds[kind] = (values[name], values[name + "_end"])
        assert set(kinds) == {kind.name for kind in known}
        return kinds

    def exits(self):
        return self.kinds("bench_exit_", analysis.KINDS)

    def requests(self):
        return self.kinds("bench_request_", [*analysis.REQUESTS, analysis.EVIDENCE])

    def locate(self, address):
        """(owner, function) of an address of refhv's or Paravane's."""
        for owner, (first, end) in self.ranges().items():
            if first <= address < end:
                if owner == "refhv":
                    return owner, self.refhv.name_of(address - REFHV_BASE)
                return owner, self.paravane.name_of(address - VTL2_BASE)
        return None


def make_igvm(files, exits, requests, luks, work):
    """The guest with the numbers of exits and requests written into it, and Paravane. luks: that of luks.c."""
    guest = bytearray(files.guest_image.read_bytes())
    for name, count in (("bench_count", exits), ("bench_requests", requests), ("bench_luks", luks)):
        at = files.guest.values[name]
        guest[at : at + 8] = count.to_bytes(8, "little")
    (work / "guest").write_bytes(guest)
    made = subprocess.run(
        [files.igvm_tool, "build", "--policy-debug", "--image", files.luks_elf if luks else files.paravane_elf,
         "--kernel", work / "guest", "--output", work / "bench-debug.igvm"],
        capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise MachineError("no IGVM file: " + made.stderr.strip())
    return work / "bench-debug.igvm"


def plugin_option(files, counts, answer_file):
    words = [f"{owner}={first:#x}:{end:#x}" for owner, (first, end) in files.ranges().items()]
    words += [f"kind={name}:{first:#x}:{end:#x}" for name, (first, end) in files.exits().items()]
    words += [f"request={name}:{first:#x}:{end:#x}" for name, (first, end) in files.requests().items()]
    words += [f"answered={ANSWERED}", f"answer-file={answer_file}", f"output={counts}"]
    return ",".join([str(files.plugin), *words])


def launch_ram():
    """VTL0's memory, as refhv leaves it around VTL2."""
    return (RAM_BASE, VTL2_BASE), (VTL2_BASE + VTL2_BYTES, REFHV_BASE)


def run_launch(options, files, work):
    """Another machine, which attests before its guest starts, and whose guest then powers off: launch.py's report."""
    guest = bytearray(files.guest_image.read_bytes())
    at = files.guest.values["bench_count"]
    guest[at : at + 8] = bytes(8)
    (work / "guest").write_bytes(guest)
    words = [f"{owner}={first:#x}:{end:#x}" for owner, (first, end) in files.ranges().items()]
    words += [*launch.plugin_words(files.paravane, VTL2_BASE), f"output={work / 'counts'}"]
    theirs, ours = socket.socketpair()
    with launch.broker(work) as port:
        igvm, personalization = launch.make_igvm(files, work, port, launch_ram())
        console, errors = run_qemu([
            options.qemu, "-M", "virt,virtualization=on,gic-version=3", "-cpu", options.cpu,
            "-smp", "1", "-m", "512M", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot",
            # Virtual time is instructions, so that none is too slow for a time limit; but waiting takes real
            # time, as the broker does.
            "-icount", "shift=0,sleep=on",
            "-chardev", f"socket,id=line,fd={theirs.fileno()}", "-serial", "chardev:line",
            "-kernel", str(files.refhv_image), "-initrd", str(igvm),
            "-global", "virtio-mmio.force-legacy=false", *launch.qemu_words(work),
            "-append", f"nonce={NONCE} vtl2-base={VTL2_BASE:#x} rpv={personalization}",
            "-plugin", ",".join([str(files.plugin), *words]),
        ], ours, theirs)
    ours.close()
    if not (work / "counts").exists():
        raise MachineError("the plugin left no counts: " + (explain(errors) or errors.strip()))
    counts = analysis.read_counts((work / "counts").read_text())
    return launch.report_of(counts, console.decode("utf-8", "replace"), (work / "frames").read_bytes())


def qemu_version(qemu):
    said = subprocess.run([qemu, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"version (\S+)", said)[1]


def listen(line, seconds):
    """All that comes on the serial line, until QEMU closes it or the time is over."""
    heard = bytearray()
    until = time.monotonic() + seconds
    while select.select([line], [], [], max(0, until - time.monotonic()))[0]:
        received = line.recv(65536)
        if not received:
            break
        heard += received
    return bytes(heard)


def run_qemu(command, ours, theirs):
    """What the machine wrote on its serial line, and QEMU's own words."""
    with tempfile.TemporaryFile() as errors:
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                pass_fds=[ours.fileno(), theirs.fileno()])
        try:
            theirs.close()
            console = listen(ours, LIMIT_SECONDS)
            qemu.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Whatever ends this program ends the machine.
            qemu.kill()
            qemu.wait()
        errors.seek(0)
        return console, errors.read().decode("utf-8", "replace")


def run_machine(options, files, exits, requests, luks, work):
    """Runs the guest to its end; the plugin's counts."""
    counts = work / ("counts-luks" if luks else "counts")
    theirs, ours = socket.socketpair()
    command = [
        options.qemu, "-M", "virt,virtualization=on,gic-version=3", "-cpu", options.cpu,
        "-smp", "1", "-m", "512M", "-display", "none", "-monitor", "none", "-nic", "none",
        "-no-reboot", "-icount", "shift=0,sleep=off",
        # The same seeds and the same time in each run.
        "-seed", "1", "-rtc", "base=2020-01-01,clock=vm",
        "-chardev", f"socket,id=line,fd={theirs.fileno()}", "-serial", "chardev:line",
        "-kernel", str(files.refhv_image), "-initrd", str(make_igvm(files, exits, requests, luks, work)),
        "-global", "virtio-mmio.force-legacy=false", "-drive", DISK,
        "-device", "virtio-blk-device,drive=disk,bus=virtio-mmio-bus.8",
        "-netdev", NETWORK, "-device", CARD,
        "-append", f"nonce={NONCE} vtl2-base={VTL2_BASE:#x} -- vsock-echo",
        "-plugin", plugin_option(files, counts, ours.fileno()),
    ]
    console, errors = run_qemu(command, ours, theirs)
    ours.close()
    if f"refhv: end {NONCE} off".encode() not in console:
        last = console.decode("utf-8", "replace").strip(".\r\n ")[-600:]
        raise MachineError(explain(errors) or "the machine did not come to its end:\n" + last)
    # As refhv says it (host/refhv/igvm_load.c); the plugin has been told the same.
    if f"VTL2 {VTL2_BASE:#x}..{VTL2_BASE + VTL2_BYTES:#x}".encode() not in console:
        raise MachineError("VTL2's memory is not where the bench has counted")
    if not counts.exists():
        raise MachineError("the plugin left no counts: " + errors.strip())
    return analysis.read_counts(counts.read_text())


def explain(errors):
    """QEMU's words on why it did not start, with what they mean where that is known."""
    if "plugin" in errors and "bench plugin:" not in errors:
        errors = "this QEMU takes no TCG plugins, which do the counting: " + errors
    return errors.strip()


def compiler_of(build):
    """What CMake found that made the images: the figures are its code's."""
    found = next(build.glob("CMakeFiles/*/CMakeCCompiler.cmake")).read_text()
    return " ".join(
        re.search(rf'set\(CMAKE_C_COMPILER_{what} "(.*)"\)', found)[1] for what in ("ID", "VERSION"))


def image_facts(path):
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def measure(options, work):
    files = Files(options)
    exits = EXITS_QUICK if options.quick else EXITS
    requests = REQUESTS_QUICK if options.quick else REQUESTS
    counts = run_machine(options, files, exits, requests, False, work)
    luks = run_machine(options, files, exits, requests, True, work)
    counts = analysis.merge(counts, luks, "disk-luks-")
    report = analysis.build_report(
        counts, exits, requests, files.locate,
        (files.paravane.loaded_bytes(), files.plain.loaded_bytes()),
        {"qemu": qemu_version(options.qemu), "cpu": options.cpu,
         "compiler": compiler_of(options.image_build)},
        {"paravane": image_facts(files.paravane_elf), "refhv": image_facts(files.refhv_image)})
    (work / "launch").mkdir()
    report["launch"] = run_launch(options, files, work / "launch")
    return report


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="paravane-bench.") as work:
            report = measure(options, pathlib.Path(work))
    except (MachineError, analysis.CountsError, launch.LaunchError, OSError) as error:
        print(f"paravane: bench: {error}", file=sys.stderr)
        return STATUS_MACHINE
    launched = launch.lines(report["launch"], analysis.TITLE_WIDTH)
    sys.stdout.write(analysis.render(report, options.functions, launched))
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if options.check and report["budgets_missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
