# SPDX-License-Identifier: GPL-2.0-or-later
"""A pcscd with vpcd's virtual readers in a host, and cards to put in them.

Clients find pcscd by PCSCLITE_CSOCK_NAME, which `env` of Pcscd holds.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from lab.piv import MAX_TRIES, PORT
from lab.poll import wait_until
from lab.shell import run

_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_OPENSC = [Path(path) / "opensc-pkcs11.so" for path in (
    *Path("/usr/lib").glob("*-linux-gnu*"), "/usr/lib64", "/usr/lib")]

# the socket's folder is built in, but systemd may hand over another, as we do
_LAUNCHER = """
import ctypes, os, socket, sys
path, *command = sys.argv[1:]
if os.path.exists(path):
    os.unlink(path)
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen(16)
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv("/bin/sh", ["sh", "-ec",
    "mount -t tmpfs tmpfs /run; exec \\"$@\\"", "sh", *command])
"""


def missing():
    """What keeps these tests from running, or None."""
    if not shutil.which("pcscd"):
        return "pcscd is not installed"
    if not _DRIVER.exists():
        return "vsmartcard-vpcd is not installed"
    if not opensc():
        return "opensc-pkcs11 is not installed"
    return None


def opensc():
    """Path of OpenSC's PKCS#11 module, None if it is not there."""
    return next((path for path in _OPENSC if path.exists()), None)


def softhsm():
    """Path of SoftHSM's module, None if it is not there."""
    path = Path("/usr/lib/softhsm/libsofthsm2.so")
    return path if path.exists() and shutil.which("softhsm2-util") else None


def softhsm_token(folder, credential, handle, pin):
    """Make a token that holds a key: what SoftHSM needs in its
    environment."""
    store = folder / "softhsm"
    store.mkdir()
    config = folder / "softhsm.conf"
    config.write_text(f"directories.tokendir = {store}\n")
    env = {"SOFTHSM2_CONF": str(config)}
    key = serialization.load_pem_private_key(credential.key.encode(), None)
    path = folder / "softhsm.p8"
    path.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    for args in (["--init-token", "--free", "--label", "lab", "--so-pin", pin],
                 ["--import", path, "--token", "lab", "--label", "key",
                  "--id", handle]):
        run("softhsm2-util", *args, "--pin", pin, env={**os.environ, **env})
    return env


class Pcscd:
    """pcscd and its two virtual readers, for use in a with statement."""

    def __init__(self, host, name="pcscd"):
        self.host = host
        self.socket = host.lab.dir / f"{name}.comm"
        self.env = {"PCSCLITE_CSOCK_NAME": str(self.socket)}
        self._output = host.lab.dir / f"{name}.out"
        self._config = host.lab.dir / f"{name}.conf.d"
        self._config.mkdir()
        (self._config / "vpcd").write_text(
            'FRIENDLYNAME "Virtual PCD"\n'
            f"DEVICENAME /dev/null:{PORT:#X}\n"
            f"LIBPATH {_DRIVER}\nCHANNELID {PORT:#X}\n")
        self._proc = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.kill()

    @property
    def pid(self):
        """Process id."""
        return self._proc.pid

    def start(self, timeout=10):
        """Start it, and wait until its readers take cards."""
        with open(self._output, "ab") as output:
            self._proc = self.host.popen(
                *self._command(), stdout=output, stderr=subprocess.STDOUT)

        def listens():
            if self._proc.poll() is not None:
                raise RuntimeError("pcscd ended: "
                                   + self._output.read_text())
            ports = self.host.run("ss", "-Hltn").stdout
            return f":{PORT + 1} " in ports

        wait_until(listens, timeout, "pcscd's readers to listen")

    def _command(self):
        pcscd = shutil.which("pcscd")
        # there is no polkit to ask who may use a card
        known = "disable-polkit" in run(pcscd, "--help").stdout
        return [sys.executable, "-c", _LAUNCHER, self.socket, pcscd,
                "--foreground", "--config", self._config,
                *(["--disable-polkit"] if known else [])]

    def command(self):
        """A command for a shell in the host that starts it. It ends with the
        lab."""
        # what a sanitizer has preloaded is for charon
        return shlex.join(["env", "-u", "LD_PRELOAD",
                           *map(str, self._command())])

    def expect_card(self, timeout=10):
        """Wait until it knows the card that was inserted."""
        env = {**os.environ, **self.env}

        def known():
            done = self.host.run("opensc-tool", "--atr", env=env, check=False)
            return done.returncode == 0

        wait_until(known, timeout, "pcscd to find the card", 0.2)

    def stop(self):
        """Stop it in order; its socket is gone."""
        self._end(signal.SIGTERM)

    def kill(self):
        """Kill it, as a crash would: nobody takes the socket away."""
        self._end(signal.SIGKILL)

    def _end(self, number):
        if self._proc is None or self._proc.poll() is not None:
            return
        self._proc.send_signal(number)
        self._proc.send_signal(signal.SIGCONT)
        self._proc.wait(10)

    def hang(self):
        """Stop it from running: who asks it anything waits."""
        self._proc.send_signal(signal.SIGSTOP)

    def resume(self):
        """Let it run again."""
        self._proc.send_signal(signal.SIGCONT)


_EXCLUSIVE = """
import ctypes, sys
lib = ctypes.CDLL("libpcsclite.so.1")
context, card, protocol = (ctypes.c_long() for _ in range(3))
ref = ctypes.byref
assert lib.SCardEstablishContext(2, None, None, ref(context)) == 0
rv = lib.SCardConnect(context, sys.argv[1].encode(), 1, 3, ref(card),
                      ref(protocol))
assert rv == 0, hex(rv & 0xffffffff)
print("held", flush=True)
sys.stdin.read()
"""


def hold(pcscd, reader):
    """A program that has the card in a reader for itself, as scdaemon does,
    until its communicate() is called."""
    holder = pcscd.host.popen(
        sys.executable, "-c", _EXCLUSIVE, reader, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env={**os.environ, **pcscd.env})
    assert holder.stdout.readline() == b"held\n"
    return holder


class PivCard:
    """A card that isn't in a reader yet, with a pki.Credential on it."""

    def __init__(self, host, name, credential, pin="123456"):
        self.host = host
        self.pin = pin
        self.credential = credential
        self.folder = host.lab.dir / f"{name}.card"
        self.folder.mkdir()
        self.set_credential(credential)
        (self.folder / "pin").write_text(pin)
        self._proc = None

    def set_credential(self, credential):
        """Put another key and certificate on it."""
        self.credential = credential
        (self.folder / "9a.key").write_text(credential.key)
        (self.folder / "9a.crt").write_text(credential.cert)

    def insert(self, reader=0):
        """Put it in a reader, the first or second (1) one."""
        with open(self.folder / "out", "ab") as output:
            self._proc = self.host.popen(
                sys.executable, Path(__file__).with_name("piv.py"),
                self.folder, "127.0.0.1", PORT + reader,
                stdout=output, stderr=subprocess.STDOUT)

    def remove(self):
        """Pull it out."""
        if self._proc is not None:
            self._proc.kill()
            self._proc.wait()
            self._proc = None

    def hang(self):
        """Have it answer nothing."""
        self._proc.send_signal(signal.SIGSTOP)

    def resume(self):
        """Have it answer again."""
        self._proc.send_signal(signal.SIGCONT)

    @property
    def tries(self):
        """How often a wrong PIN may still be entered."""
        path = self.folder / "tries"
        return int(path.read_text()) if path.exists() else MAX_TRIES

    def count(self, what):
        """How many "pin right", "pin wrong" or "sign" it has seen."""
        path = self.folder / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        return lines.count(what)
