# SPDX-License-Identifier: BSD-3-Clause
"""QEMU with the image under test on refhv, stopped at the start, and its debugger port."""

import pathlib
import socket
import subprocess
import sys

from remote import Remote

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "contract"))
from run import CPU_OPTIONS, need  # noqa: E402 (the contract runner's parts)

VTL2_BASE = 0x50000000  # the middle of the machine's memory: no address of the image is another's


class Machine:
    def __init__(self, options, words):
        need(options.refhv, "build the image preset")
        need(options.image, "build the image preset")
        need(options.igvm_tool, "build the host preset")
        options.work.mkdir(parents=True, exist_ok=True)
        igvm = options.work / "program.igvm"
        build = [options.igvm_tool, "build", "--image", options.image, "--output", igvm]
        if options.kernel:
            build += ["--kernel", options.kernel]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        ours, theirs = socket.socketpair()
        command = [
            options.qemu, "-M", "virt,virtualization=on,gic-version=3",
            "-cpu", CPU_OPTIONS.get(options.cpu, options.cpu), "-smp", "1", "-m", "512M",
            "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none",
            "-serial", f"file:{options.work / 'console.log'}",
            "-chardev", f"socket,id=gdb,fd={theirs.fileno()}", "-gdb", "chardev:gdb", "-S",
            "-kernel", str(options.refhv), "-initrd", str(igvm), "-append", words,
        ]
        self.log = (options.work / "qemu.log").open("wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, pass_fds=[theirs.fileno()])
        theirs.close()
        try:
            self.remote = Remote(ours, options.timeout)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
