# SPDX-License-Identifier: GPL-2.0-or-later
"""libreswan's pluto, in the guest only, where it has the paths it knows."""

import subprocess
from pathlib import Path

from lab.log import Log

_PLUTO = Path("/usr/libexec/ipsec/pluto")


def missing():
    """What keeps tests from running it, or None."""
    return None if _PLUTO.exists() else "libreswan can't be had"


class Pluto:
    """Context manager: pluto in a host with one connection, options of
    ipsec.conf, that it starts by itself."""

    def __init__(self, host, secret, **connection):
        self._host = host
        self._dir = host.lab.dir / f"{host.name}.pluto"
        self._dir.mkdir()
        self.log = Log(self._dir / "log")
        options = {"authby": "secret", "ikev2": "no", "auto": "start",
                   "leftupdown": "%disabled", **connection}
        (self._dir / "ipsec.conf").write_text(
            "config setup\n\tikev1-policy=accept\n\tlogtime=no\n"
            "conn net\n" +
            "".join(f"\t{key}={value}\n" for key, value in options.items()))
        (self._dir / "ipsec.secrets").write_text(f': PSK "{secret}"\n')
        host.run("certutil", "-N", "-d", f"sql:{self._dir}",
                 "--empty-password")
        self._process = None

    def __enter__(self):
        with open(self.log.path, "wb") as log:
            self._process = self._host.popen(
                _PLUTO, "--nofork", "--stderrlog", "--no-dnssec",
                "--config", self._dir / "ipsec.conf",
                "--secretsfile", self._dir / "ipsec.secrets",
                "--rundir", self._dir, "--nssdir", self._dir,
                "--ipsecdir", self._dir,
                stdout=log, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *exc):
        self._process.terminate()
        self._process.wait(30)
