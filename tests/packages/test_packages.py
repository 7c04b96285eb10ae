# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages, installed beside the distribution's strongSwan."""

import re
import subprocess
from pathlib import Path

import pytest

from conftest import PACKAGES, codename, run

SNIPPETS = Path("/etc/strongswan.d/charon")
# what a plugin can't do without: its own options, and other plugins' load
REQUIRED = {"strict-bind": ({"auto": "yes"}, {"socket-default": "no"})}


def packages():
    """Files of the binary packages for this release."""
    return [path for path in (PACKAGES / codename()).glob("*.deb")
            if "dbgsym" not in path.name]


def names():
    return [path.name.split("_")[0] for path in packages()]


def content(package):
    """The files that are in an installed package."""
    return [path for path in map(Path, run("dpkg", "-L", package).split("\n"))
            if path.is_file()]


def plugins():
    """The plugins that are installed by our packages."""
    return [match.group(1) for package in names()
            for path in content(package)
            if (match := re.match(r"libstrongswan-(\S+)\.so$", path.name))]


def files():
    """All that package installation may leave, with what is in it."""
    roots = ("/etc", "/usr", "/var/lib", "/run")
    # what other programs keep, of which ip and mount run here
    skip = (r"__pycache__|/etc/ld.so.cache$|/var/lib/(dpkg|apt)/|"
            r"/run/(netns|mount)\b")
    return {path: path.read_bytes() if str(path).startswith("/etc") and
            path.is_file() else None
            for root in roots for path in Path(root).rglob("*")
            if not re.search(skip, str(path))}


@pytest.fixture(scope="module", autouse=True)
def before():
    """The files there were before the packages were."""
    assert packages(), "no packages: tests/packages/build makes them"
    found = files()
    run("apt-get", "-qq", "-y", "--no-install-recommends", "install",
        *map(str, packages()))
    yield found
    run("apt-get", "-qq", "-y", "--autoremove", "purge", *names())


def set_options(plugin, options):
    """What an operator edits in a snippet."""
    snippet = SNIPPETS / f"{plugin}.conf"
    text = snippet.read_text()
    for key, value in options.items():
        text, count = re.subn(rf"^( *)(# )?{key} = .*$",
                              rf"\g<1>{key} = {value}", text, count=1,
                              flags=re.M)
        assert count == 1, f"no {key} in {snippet}"
    snippet.write_text(text)


@pytest.fixture
def restored():
    """Snippets are as they were afterwards."""
    saved = {path: path.read_text() for path in SNIPPETS.glob("*.conf")}
    yield
    for path, text in saved.items():
        path.write_text(text)


def test_installing_changes_nothing(charon):
    with charon() as daemon:
        assert plugins()
        assert not set(plugins()) & set(daemon.loaded())


def test_each_plugin_is_enabled_by_its_snippet(charon, restored):
    found = plugins()
    for plugin in found:
        own, others = REQUIRED.get(plugin, ({}, {}))
        set_options(plugin, {"load": "yes", **own})
        for other, load in others.items():
            set_options(other, {"load": load})
        with charon() as daemon:
            assert plugin in daemon.loaded(), daemon.text()
            assert not set(found) - {plugin} & set(daemon.loaded())
            daemon.swanctl("--reload-settings")
            assert "uptime" in daemon.swanctl("--stats")
            assert "keeping the previous settings" not in daemon.text()
        set_options(plugin, {"load": "no"})
        for other in others:
            set_options(other, {"load": "yes"})


def test_tool_talks_to_the_daemon(charon, restored):
    set_options("control", {"load": "yes"})
    with charon() as daemon:
        daemon.run("swanadv", "status")


def profile(package, folder):
    """The profile in a package, which needn't be installed: that of
    charon-systemd may be in the way of charon's."""
    run("sh", "-ec", 'cd "$1"; apt-get -qq download "$2"; dpkg -x *.deb .',
        "sh", folder, package)
    found, = (path for path in (folder / "etc/apparmor.d").iterdir()
              if path.is_file())
    return found


@pytest.mark.parametrize("package", ["strongswan-charon", "charon-systemd"])
def test_apparmor_fragments_parse(tmp_path, package):
    """Within the profile of Debian that they are for."""
    fragments = Path("/etc/apparmor.d/abstractions/charon-advanced.d")
    assert {path.name for path in fragments.iterdir()} == \
        {"control", "filtermode", "pcsc", "plugins"}
    found = profile(package, tmp_path)
    line = "include if exists <abstractions/charon-advanced.d>"
    text, count = re.subn(rf"#?include <local/{found.name}>", line,
                          found.read_text())
    assert count == 1
    (tmp_path / "profile").write_text(text)
    rules = run("apparmor_parser", "--skip-cache", "--skip-kernel-load",
                "--preprocess", str(tmp_path / "profile"))
    for word in ("/run/ rwk", "connlabel", "pcsc-token-helper",
                 "charon-unity-ext"):
        assert word in rules
    run("apparmor_parser", "--skip-cache", "--skip-kernel-load",
        str(tmp_path / "profile"))


def test_dependency_on_the_version():
    """Another upstream version's libcharon doesn't satisfy it."""
    installed = run("dpkg-query", "-W", "-f", "${Version}",
                    "strongswan-libcharon")
    upstream = installed.rsplit("-", 1)[0]
    for package in names():
        depends = run("dpkg-query", "-W", "-f", "${Depends}", package)
        if package == "charon-advanced-exporter":
            # it runs swanadv, and has no code of strongSwan's
            assert "charon-advanced-tools (= " in depends
            continue
        bounds = re.findall(r"strongswan-libcharon \((\S+) (\S+)\)", depends)
        assert len(bounds) == 2, depends
        for version, fits in ((installed, True), (f"{upstream}-99", True),
                              (f"{upstream}.1-1", False), ("5.9.7-9", False)):
            assert fits == all(
                subprocess.run(["dpkg", "--compare-versions", version, op,
                                bound]).returncode == 0
                for op, bound in bounds)


def test_unit_is_known_to_systemd():
    """It is stopped before it is removed, and isn't enabled, without which it
    isn't started."""
    scripts = Path("/var/lib/dpkg/info")
    name = "charon-advanced-exporter"
    assert "deb-systemd-invoke stop 'charon-exporter.service'" in (
        scripts / f"{name}.prerm").read_text()
    assert "--system daemon-reload" in (scripts / f"{name}.postrm").read_text()
    assert not list(Path("/etc/systemd/system").rglob("*charon-exporter*"))


def test_dependency_on_each_other(tmp_path):
    """An older package of ours isn't taken beside these."""
    for path in packages():
        name = path.name.split("_")[0]
        run("dpkg-deb", "--raw-extract", str(path), str(tmp_path / name))
        control = tmp_path / name / "DEBIAN/control"
        control.write_text(re.sub("^Version: ", "Version: 0~",
                                  control.read_text(), flags=re.M))
        old = tmp_path / f"{name}.deb"
        run("dpkg-deb", "--build", str(tmp_path / name), str(old))
        done = subprocess.run(
            ["apt-get", "-s", "--allow-downgrades", "install", str(old)],
            capture_output=True, text=True)
        # apt removes the others, or gives up
        gone = set(re.findall(r"^Remv (\S+)", done.stdout, re.M))
        assert done.returncode or gone >= set(names()) - {name}, done.stdout


def test_autopkgtest():
    """What Debian runs of the packages when something that they depend on
    changes."""
    tests = Path("packaging/debian/tests")
    for line in re.findall(r"^Tests: (.*)", (tests / "control").read_text(),
                           re.M):
        for name in line.split():
            run(tests / name)


def test_documents():
    """What a client of control's has to know, and examples."""
    found = {path.name.removesuffix(".gz") for name in names()
             for path in content(name) if "/doc/" in str(path)}
    assert {"README.md", "advanced.conf", "control.md", "logrotate",
            "sessions.py", "settings.md"} <= found


def test_purge_leaves_nothing(before, charon, restored):
    """Also after the plugins ran, with settings that were edited."""
    set_options("control", {"load": "yes"})
    with charon():
        pass
    run("apt-get", "-qq", "-y", "--autoremove", "purge", *names())
    try:
        after = files()
        assert after.keys() - before.keys() == set()
        assert {path for path in before if after.get(path) != before[path]} \
            == set()
    finally:
        run("apt-get", "-qq", "-y", "--no-install-recommends", "install",
            *map(str, packages()))
