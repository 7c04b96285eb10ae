# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that isn't ours, in a host."""

import sys

from lab.log import Log
from lab.poll import wait_until


class Service:
    """A program that listens on a TCP port once this returns; what it prints
    is in its log. It ends with the lab, if not before."""

    def __init__(self, host, port, *cmd):
        self.host = host
        self.log = Log(host.lab.dir / f"{host.name}-{port}.out")
        with open(self.log.path, "ab") as output:
            self._proc = host.popen(*cmd, stdout=output, stderr=output)
        wait_until(lambda: self._listens(port), 10, lambda: (
            f"{cmd[0]} to listen on {port}\n{self.log.tail()}"))

    def _listens(self, port):
        if self._proc.poll() is not None:
            raise RuntimeError(f"ended: {self.log.tail()}")
        return self.host.run("ss", "-Hltn", f"sport = :{port}").stdout

    def stop(self):
        """End it."""
        self._proc.kill()
        self._proc.wait()


def http_server(host, directory, port=80):
    """A Service that serves a directory over HTTP; a line a request in its
    log."""
    return Service(host, port, sys.executable, "-u", "-m", "http.server",
                   port, "--directory", directory)


def ocsp_responder(host, pki, index, port=80):
    """A Service that answers OCSP requests for a Pki, which signs itself.

    index is a file of the revoked and valid serials as `openssl ca` writes
    it.
    """
    return Service(host, port, "openssl", "ocsp", "-index", index, "-port",
                   port, "-CA", pki.path, "-rsigner", pki.path,
                   "-rkey", pki.key_path, "-ndays", 1)
