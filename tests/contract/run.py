#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs one contract program on one machine and reports each of its checks.

The exit status is 0 if the program came to its end, every check passed and refhv's last line says
"off". --work DIR keeps what the run leaves: program.igvm, console.log, and junit.xml with a test
case a check.
"""

import argparse
import pathlib
import re
import secrets
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

CPU_OPTIONS = {"max": "max,pauth-impdef=on"}
CHECK = re.compile(r"^(ok|FAIL) (\S+) (.*)$")
DONE = re.compile(r"^done (\d+) (\d+)$")
END = re.compile(r"^refhv: end (\S+) (\w+)$")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refhv", required=True, type=pathlib.Path, help="refhv.img")
    parser.add_argument("--igvm-tool", required=True, type=pathlib.Path)
    parser.add_argument("--image", required=True, type=pathlib.Path, help="the program's ELF file")
    parser.add_argument("--smp", type=int, default=1)
    parser.add_argument("--intercept", choices=["page", "simp"], default="page")
    parser.add_argument("--x29", choices=["private", "shared"], default="private")
    parser.add_argument("--refhv-option", action="append", default=[], metavar="WORD",
                        help="another word for refhv and for the program")
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--timeout", type=float, default=150, help="seconds for the machine")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("contract-run"))
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    parser.add_argument("--verbose", action="store_true", help="show the checks that pass too")
    return parser.parse_args()


def need(path, how):
    if not path.exists():
        sys.exit(f"{path} is not there: {how}")


def build_igvm(options):
    igvm = options.work / "program.igvm"
    subprocess.run(
        [options.igvm_tool, "build", "--image", options.image, "--output", igvm],
        check=True, stdout=subprocess.DEVNULL)
    return igvm


def run_qemu(options, command, feed=None):
    """The console's lines, and whether QEMU ended by itself. feed: what the console gets."""
    with subprocess.Popen(command, stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        try:
            output, _ = qemu.communicate(feed, timeout=options.timeout)
            ended = True
        except subprocess.TimeoutExpired:
            qemu.kill()
            output, _ = qemu.communicate()
            ended = False
    (options.work / "console.log").write_bytes(output)
    return output.decode("utf-8", "replace").replace("\r", "").splitlines(), ended


def run_machine(options, igvm, nonce):
    """The console's lines, and whether QEMU ended by itself."""
    # What follows "--" is for VTL2: the program has to know what the machine was started with.
    words = " ".join([f"intercept={options.intercept}", f"x29={options.x29}",
                      *options.refhv_option])
    command = [
        options.qemu, "-M", "virt,virtualization=on,gic-version=3",
        "-cpu", CPU_OPTIONS.get(options.cpu, options.cpu), "-smp", str(options.smp), "-m", "512M",
        "-nographic", "-no-reboot", "-nic", "none", "-kernel", str(options.refhv),
        "-initrd", str(igvm), "-append", f"nonce={nonce} {words} -- {words}",
    ]
    return run_qemu(options, command)


def judge(lines, ended, nonce):
    """(checks, problems): checks are (passed, section, name); problems are of the whole run."""
    checks = [(m[1] == "ok", m[2], m[3]) for m in map(CHECK.match, lines) if m]
    problems = []
    done = next((m for m in map(DONE.match, lines) if m), None)
    end = next((m for m in map(END.match, reversed(lines)) if m), None)
    if not ended:
        problems.append("the machine did not end in time")
    if done is None:
        problems.append("the program did not come to its end: no line 'done'")
    else:
        told = (int(done[1]), int(done[2]))
        seen = (sum(c[0] for c in checks), sum(not c[0] for c in checks))
        if told != seen:
            problems.append(f"'done' counts {told}, the lines say {seen}")
        if told[0] == 0:
            problems.append("no check passed")
    if end is None or end[1] != nonce or end[2] != "off":
        problems.append(f"refhv's last line: {end[0] if end else 'none'}")
    return checks, problems


def write_junit(path, suite, checks, problems, seconds):
    root = ElementTree.Element("testsuite", name=suite, tests=str(len(checks) + 1),
                               failures=str(sum(not c[0] for c in checks) + bool(problems)),
                               time=f"{seconds:.2f}")
    for passed, section, name in checks:
        case = ElementTree.SubElement(root, "testcase", classname=f"{suite}.{section}",
                                      name=name.split(": got ")[0] if not passed else name)
        if not passed:
            ElementTree.SubElement(case, "failure", message=name)
    run = ElementTree.SubElement(root, "testcase", classname=suite, name="run")
    if problems:
        ElementTree.SubElement(run, "failure", message="; ".join(problems))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def report(options, lines, checks, problems, seconds):
    """Prints and writes what came of it: the exit status."""
    suite = options.work.resolve().name
    write_junit(options.work / "junit.xml", suite, checks, problems, seconds)

    failures = [c for c in checks if not c[0]]
    for passed, section, name in checks if options.verbose else failures:
        print("ok  " if passed else "FAIL", section, name)
    for problem in problems:
        print("FAIL run:", problem)
    if problems:
        print("the console's last lines:", *lines[-12:], sep="\n    ")
    print(f"{suite}: {len(checks) - len(failures)} of {len(checks)} checks passed, {seconds:.1f} s")
    return 1 if failures or problems else 0


def main():
    options = arguments()
    need(options.refhv, "build the image preset")
    need(options.image, "build the image preset")
    need(options.igvm_tool, "build the host preset")
    options.work.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(8)
    start = time.monotonic()
    lines, ended = run_machine(options, build_igvm(options), nonce)
    checks, problems = judge(lines, ended, nonce)
    return report(options, lines, checks, problems, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
