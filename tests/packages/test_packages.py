# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages, installed beside the distribution's strongSwan.

Changes the system it runs on: for a root that nothing else uses, see
scripts/in-debian. PACKAGES names the folder with the packages.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))

from lab import wait_until  # noqa: E402

PACKAGES = Path(os.environ.get("PACKAGES", TOP / "build/package"))
SNIPPETS = Path("/etc/strongswan.d/charon")
NETNS = "charon-advanced-packages"


def run(*command, **kwargs):
    """Run, fail with what was printed."""
    result = subprocess.run(command, capture_output=True, text=True, **kwargs)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def names():
    """The binary packages."""
    return [path.name.split("_")[0] for path in PACKAGES.glob("*.deb")
            if "dbgsym" not in path.name]


def plugins():
    """The plugins that the packages hold."""
    listed = run("dpkg", "-L", *names())
    return re.findall(r"/libstrongswan-(\S+)\.so$", listed, re.M)


def files():
    """All that package installation may leave."""
    roots = ("/etc", "/usr", "/var/lib/charon-advanced", "/run")
    return {str(path) for root in roots for path in Path(root).rglob("*")
            if not re.search(r"__pycache__|/etc/ld.so.cache$", str(path))}


@pytest.fixture(scope="module")
def before():
    """The files there were before the packages were."""
    found = files()
    run("apt-get", "-qq", "-y", "--no-install-recommends", "install",
        *(str(path.resolve()) for path in PACKAGES.glob("*.deb")
          if "dbgsym" not in path.name))
    yield found
    run("apt-get", "-qq", "-y", "purge", *names())


class Charon:
    """The installed daemon, with the configuration in /etc."""

    def __init__(self, log):
        self.log = log
        run("ip", "netns", "add", NETNS)
        run("ip", "-n", NETNS, "link", "set", "lo", "up")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", NETNS, "unshare", "--mount", "sh", "-c",
             "mount -t tmpfs tmpfs /run && exec /usr/lib/ipsec/charon"],
            stdout=log.open("w"), stderr=subprocess.STDOUT)

    def __enter__(self):
        wait_until(lambda: "spawning" in self.text() or
                   self.process.poll() is not None, 30,
                   "charon to start")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        run("ip", "netns", "del", NETNS)

    def text(self):
        return self.log.read_text(errors="replace")

    def loaded(self):
        return re.search(r"loaded plugins: (.*)", self.text()).group(1).split()

    def reload(self):
        run("nsenter", "-t", str(self.process.pid), "-m", "-n", "swanctl",
            "--reload-settings")


def set_load(plugin, value):
    """What an operator edits in a snippet."""
    snippet = SNIPPETS / f"{plugin}.conf"
    text, count = re.subn(r"^(\s*load = )\w+", rf"\g<1>{value}",
                          snippet.read_text(), 1, re.M)
    assert count == 1, f"no load in {snippet}"
    snippet.write_text(text)


def test_installing_changes_nothing(before, tmp_path):
    with Charon(tmp_path / "log") as charon:
        assert plugins()
        assert not set(plugins()) & set(charon.loaded())


def test_each_plugin_is_enabled_by_its_snippet(before, tmp_path):
    for plugin in plugins():
        set_load(plugin, "yes")
        if plugin == "strict-bind":
            set_load("socket-default", "no")
        try:
            with Charon(tmp_path / plugin) as charon:
                assert plugin in charon.loaded(), charon.text()
                charon.reload()
                wait_until(lambda: charon.process.poll() is None)
        finally:
            set_load(plugin, "no")
            set_load("socket-default", "yes")


def test_dependency_on_the_version(before):
    """Another upstream version's libcharon doesn't satisfy it."""
    installed = run("dpkg-query", "-W", "-f", "${Version}",
                    "strongswan-libcharon")
    upstream = installed.rsplit("-", 1)[0]
    for package in names():
        depends = run("dpkg-query", "-W", "-f", "${Depends}", package)
        bounds = re.findall(r"strongswan-libcharon \((\S+) (\S+)\)", depends)
        if "plugins" in package:
            assert len(bounds) == 2
        for version, fits in ((installed, True), (f"{upstream}-99", True),
                              (f"{upstream}.1-1", False), ("5.9.7-9", False)):
            assert fits == all(
                subprocess.run(["dpkg", "--compare-versions", version, op,
                                bound]).returncode == 0
                for op, bound in bounds) or not bounds


def test_purge_leaves_nothing(before):
    run("apt-get", "-qq", "-y", "purge", *names())
    assert files() - before == set()
