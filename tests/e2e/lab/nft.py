# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens in nftables."""

from lab.poll import wait_until


class Monitor:
    """Context manager: lines of `nft monitor` that have a text."""

    def __init__(self, host, text):
        self._host, self._text = host, text
        self._path = host.lab.dir / "monitor"
        self.lines = []

    def __enter__(self):
        out = open(self._path, "wb")
        self._proc = self._host.popen("stdbuf", "-oL", "nft", "monitor",
                                      stdout=out, stderr=out)
        out.close()
        # it says nothing when it is ready
        wait_until(self._listening, 5, "nft monitor to listen")
        return self

    def _listening(self):
        self._host.run("nft", "add", "table", "inet", "marker")
        self._host.run("nft", "delete", "table", "inet", "marker")
        return "marker" in self._path.read_text()

    def __exit__(self, *exc):
        self._host.run("nft", "add", "table", "inet", "end")
        wait_until(lambda: "table inet end" in self._path.read_text())
        self._proc.terminate()
        self._proc.wait()
        self._host.run("nft", "delete", "table", "inet", "end")
        self.lines = [line for line in self._path.read_text().splitlines()
                      if self._text in line]
