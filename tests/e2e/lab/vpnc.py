# SPDX-License-Identifier: GPL-2.0-or-later
"""vpnc, a client that nobody here wrote: Cisco Unity over IKEv1."""

import subprocess

from lab.log import Log
from lab.poll import wait_until

_SCRIPT = """#!/bin/sh
env -0 > {env}.$reason.new
mv {env}.$reason.new {env}.$reason
case $reason in
connect)
    ip address add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
    ip link set "$TUNDEV" up
    i=0
    while [ $i -lt "${{CISCO_SPLIT_INC:-0}}" ]; do
        eval "net=\\$CISCO_SPLIT_INC_${{i}}_ADDR"
        eval "len=\\$CISCO_SPLIT_INC_${{i}}_MASKLEN"
        ip route add "$net/$len" dev "$TUNDEV" src "$INTERNAL_IP4_ADDRESS"
        i=$((i + 1))
    done
    ;;
esac
"""


class Vpnc:
    """Context manager: vpnc in a host, connected or given up."""

    def __init__(self, host, gateway, group, secret, user, password):
        self._host = host
        base = host.lab.dir / f"{host.name}.vpnc"
        self._script = base.with_suffix(".script")
        self._config = base.with_suffix(".conf")
        self._env = base.with_suffix(".env")
        self.log = Log(base.with_suffix(".log"))
        self._script.write_text(_SCRIPT.format(env=self._env))
        self._script.chmod(0o755)
        self._config.write_text(
            f"IPSec gateway {gateway}\nIPSec ID {group}\n"
            f"IPSec secret {secret}\n"
            f"Xauth username {user}\nXauth password {password}\n"
            "IKE DH Group dh14\nPerfect Forward Secrecy nopfs\n"
            "NAT Traversal Mode force-natt\nLocal Port 0\n"
            f"Script {self._script}\nPidfile {base}.pid\n"
            "No Detach\nNoninteractive\n")
        self._proc = None

    def __enter__(self):
        # a vpnc before this one may have left its own
        for path in self._env.parent.glob(f"{self._env.name}.*"):
            path.unlink()
        with open(self.log.path, "wb") as log:
            self._proc = self._host.popen(
                "stdbuf", "-oL", "vpnc", "--debug", "2", self._config,
                stdout=log, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *exc):
        self._proc.terminate()
        self._proc.wait(10)

    def environment(self, reason="connect", timeout=10):
        """Wait for its script to be called, and return what it was told."""
        path = self._env.with_name(f"{self._env.name}.{reason}")

        def called():
            if self._proc.poll() is not None:
                raise AssertionError(f"vpnc ended:\n{self.log.text()}")
            return path.exists()

        wait_until(called, timeout,
                   lambda: f"vpnc to connect:\n{self.log.text()}")
        text = path.read_bytes().decode()
        return dict(entry.split("=", 1) for entry in text.split("\0")[:-1])
