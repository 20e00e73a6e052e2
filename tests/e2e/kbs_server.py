# SPDX-License-Identifier: BSD-3-Clause
"""A key broker of a test's own, by its command line: tests/kbs. It outlives the machine, and its log is read."""

import json
import subprocess

from conftest import ROOT, VPS, call

KBS = ROOT / "tests/kbs"
ANCHORS = ROOT / "host/refhv/test-trust-anchor.json"
RESOURCE = "default/key/disk"
LUKS = ("--luks", RESOURCE)
READ = "mount /dev/vda /mnt && cat /mnt/hello"
HELLO = "hello from a volume that only an attested machine opens\n"
PARAVANE_ELF = ROOT / "build/image/boot/paravane.elf"
KERNEL = ROOT / "build/guest/Image"
INITRD = ROOT / "build/guest/initrd"
# The default initrd's busybox does on the console what READ does.
READ_BY_ITSELF = (
    "earlycon=pl011,0x9000000 console=ttyAMA0 panic=-1 quiet rdinit=/.paravane/busybox -- sh -c "
    '"cd /.paravane; ./busybox mount -t devtmpfs none /dev; exec >/dev/console 2>&1;'
    " /sbin/modprobe -a virtio_mmio virtio_blk ext4; ./busybox mount -t ext4 /dev/vda /mnt;"
    ' ./busybox cat /mnt/hello; ./busybox poweroff -f"'
)
# Where a machine behind QEMU's user network finds the host's loopback.
HOST = "10.0.2.2"


def tool(name, *arguments):
    subprocess.run([KBS / name, *map(str, arguments)], stdin=subprocess.DEVNULL, check=True)


class Server:
    """In a folder that gets certificates, secret, reference.json and log."""

    def __init__(self, folder, *options, host=HOST, listen="127.0.0.1", port=0):
        self.folder = folder
        self.log = folder / "log"
        self.secret = folder / "secret"
        self.reference = folder / "reference.json"
        if not (folder / "ca.pem").exists():
            tool("certificates.py", "--output", folder, host, "127.0.0.1")
        self.process = subprocess.Popen(
            [KBS / "kbs.py", "--listen", f"{listen}:{port}", "--certificate", folder / "server.pem",
             "--key", folder / "server.key", "--anchors", ANCHORS, "--reference", self.reference,
             "--secret", f"{RESOURCE}={self.secret}", "--log", self.log, "--until-eof", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.port = int(self.process.stdout.readline())
        self.url = f"https://{f'[{host}]' if ':' in host else host}:{self.port}"

    def events(self, name):
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == name]

    def stop(self):
        self.process.communicate()
        crashes = self.events("crash")
        assert not crashes, crashes


def by_url(run, broker, *words):
    """Runs a machine that such a server releases the key to."""
    image = disk(broker.folder)
    result = run(*LUKS, "--kbs", broker.url, "--kbs-ca", str(broker.folder / "ca.pem"), "--disk", str(image),
                 "--reference", str(broker.reference), *words, "--exec", READ)  # fmt: skip
    assert result.status == 0, result
    assert result.out == HELLO


def disk(folder, *options, name="disk.img", key="secret"):
    """A LUKS2 disk, its key in a file beside it."""
    tool("disk.py", "make", "--key-file", folder / key, *options, folder / name)
    return folder / name


def payload(folder, image, key="secret"):
    """What is in it, as the host's tools see it."""
    tool("disk.py", "read", "--key-file", folder / key, "--output", folder / "payload", image)
    return folder / "payload"


def file_in(image, name):
    done = subprocess.run(["/sbin/debugfs", "-R", f"cat {name}", image], capture_output=True, check=True)
    return done.stdout.decode()


def refused(result, *words):
    """Paravane has ended the machine, with its reason on the console, before the guest ran."""
    told = result.out + result.err
    assert result.status == 125, result
    assert HELLO not in told and "Booting Linux" not in told
    lines = [line for line in told.splitlines() if "paravane: cannot start: attestation: " in line]
    assert len(lines) == 1, result
    for word in words:
        assert word in lines[0], result


def igvm_tool(*arguments):
    result = call("igvm", *map(str, arguments))
    assert result.status == 0, result
    return result.out


def build(folder, broker, name="good.igvm", kernel=KERNEL, initrd=INITRD, image=PARAVANE_ELF, append=READ_BY_ITSELF,
          options=(), **policy):  # fmt: skip
    policy = {"attest": True, "server": broker.url, "resource": RESOURCE,
              "trust_anchors": [str(folder / "other-ca.pem"), str(folder / "ca.pem")]} | policy  # fmt: skip
    guest = {"kernel": str(kernel), "initrd": str(initrd), "command_line": append}
    manifest = {"version": 1, "image": str(image), "guest": guest, "policy": policy}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    igvm_tool("build", "--manifest", folder / "manifest.json", *options, "--output", folder / name)
    return folder / name


def enrol(broker, igvm):
    broker.reference.write_text(igvm_tool("measure", "--rem", "--vps", VPS[1], "--disks", "1", igvm))


def opens(result):
    """The console of a machine that reads by itself has it."""
    assert result.status == 0 and HELLO.strip() in result.out, result
