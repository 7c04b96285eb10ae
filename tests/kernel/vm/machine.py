# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU without KVM, from its start to the guest's last word."""

import json
import os
import selectors
import shutil
import subprocess
import time

from vm import Unavailable, rootfs
from vm.guest import SELECTION
from vm.kernel import fetch

QEMU = "qemu-system-x86_64"

# Emulation, as machines for tests are virtual themselves as a rule. `max` has
# the AES instructions, without which the kernel's modules for them don't load.
_OPTIONS = ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", "1024", "-nodefaults", "-no-user-config", "-nographic",
            "-no-reboot"]
# equal addresses in all processes let QEMU use what it has translated before;
# starting programs takes less than half the time
_COMMAND_LINE = ("console=ttyS0 quiet panic=-1 mitigations=off "
                 "norandmaps")


class Died(Exception):
    """The guest ended without its end marker; with the console's end."""


class Machine:
    """A guest that runs tests and ends.

    command   what to start; its output is the guest's second serial line
    console   file with the output of the first
    silence   seconds without a report after which it counts as hung
    """

    def __init__(self, command, console, silence=300):
        self._silence = silence
        self._console = console
        self._buffer = b""
        self._proc = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)

    def _died(self, why):
        self.stop()
        console = []
        if self._console.exists():
            console = self._console.read_text(errors="replace").splitlines()
        output = self._buffer.decode(errors="replace")
        raise Died("\n".join([f"the guest {why}; the end of its console:",
                              *console[-60:], output]))

    def messages(self):
        """The reports, as they come. Raises Died if the guest ends before
        its time."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._proc.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(self._silence):
                    self._died(f"was silent for {self._silence} s")
                data = os.read(self._proc.stdout.fileno(), 65536)
                if not data:
                    self._died("ended without its end marker")
                *lines, self._buffer = (self._buffer + data).split(b"\n")
                for line in lines:
                    try:
                        message = json.loads(line)
                    except ValueError:
                        self._died(f"said {line!r}")
                    yield message
                    if "exit" in message:
                        return

    def stop(self):
        """End it, whatever it does."""
        self._proc.kill()
        self._proc.wait()
        self._proc.stdout.close()


def boot(directory, arguments):
    """Start a Machine that runs pytest with the arguments given, node ids
    relative to CHECKOUT and options. The image, the console's log and the
    kernel are kept in the directory. Raises Unavailable."""
    if not shutil.which(QEMU):
        raise Unavailable(f"{QEMU} is not installed")
    kernel = fetch(directory)
    image, console = directory / "initrd", directory / "console.log"
    rootfs.write(image, {SELECTION: json.dumps(
        {"arguments": arguments, "time": time.time()})})
    with open(image, "ab") as whole, open(kernel.modules, "rb") as part:
        shutil.copyfileobj(part, whole)
    return Machine([QEMU, *_OPTIONS, "-kernel", kernel.image,
                    "-initrd", image, "-append", _COMMAND_LINE,
                    "-serial", f"file:{console}", "-serial", "stdio"],
                   console)
