# SPDX-License-Identifier: GPL-2.0-or-later
"""What the spec builds, beside the Debian packages; see tests/packages/rpm."""

import os
import re
from pathlib import Path

import pytest

from conftest import PACKAGES, codename, run

DEBIAN = {
    "charon-advanced": "libcharon-advanced-plugins",
    "charon-advanced-control": "libcharon-advanced-control",
    "charon-advanced-filtermode": "libcharon-advanced-filtermode",
    "charon-advanced-pcsc": "libcharon-advanced-pcsc",
    "charon-advanced-tools": "charon-advanced-tools",
    "charon-advanced-exporter": "charon-advanced-exporter",
}
# where Debian has what is elsewhere with rpm
PLACES = {"/usr/lib64/strongswan/": "/usr/lib/ipsec/",
          "/etc/strongswan/strongswan.d/": "/etc/strongswan.d/",
          "/usr/share/doc/charon-advanced/":
          "/usr/share/doc/libcharon-advanced-plugins/",
          # there, all of it is in one folder
          "/usr/share/doc/libcharon-advanced-control/":
          "/usr/share/doc/libcharon-advanced-plugins/"}
# Debian's own, and what each has in places that aren't the other's
LEFT_OUT = (r"/usr/share/(lintian|licenses|bug)/|/etc/apparmor\.d/|/usr/lib/"
            r"(\.build-id|debug)|/usr/share/doc/.*/(changelog|copyright|NEWS|"
            r"README)")


def rpms():
    """{package: its file}"""
    files = Path(os.environ["RPMS"]).rglob("*.rpm")
    names = {run("rpm", "-qp", "--qf", "%{NAME}", str(path)): path
             for path in files}
    return {name: path for name, path in names.items() if "-debug" not in name}


def cleaned(paths):
    found = set()
    for path in paths:
        for theirs, debian in PLACES.items():
            path = path.replace(theirs, debian)
        # where units are before /lib is a link
        path = re.sub("^/lib/", "/usr/lib/", path)
        if not re.search(LEFT_OUT, path):
            found.add(path.removesuffix(".gz"))
    return found


def of_rpm(path):
    """The files in a package."""
    lines = run("rpm", "-qlvp", str(path)).splitlines()
    return cleaned(line.split()[-1] for line in lines
                   if line.startswith("-"))


def of_deb(name):
    """The files in the package of Debian."""
    path, = (PACKAGES / codename()).glob(f"{name}_*.deb")
    lines = run("dpkg-deb", "-c", str(path)).splitlines()
    return cleaned(line.split()[-1].removeprefix(".") for line in lines
                   if line.startswith("-"))


def test_all_packages():
    assert rpms().keys() == DEBIAN.keys()


@pytest.mark.parametrize("name", DEBIAN)
def test_files(name):
    """The same, and so nothing in a place that strongSwan doesn't look at."""
    found = of_rpm(rpms()[name])
    assert found and found == of_deb(DEBIAN[name])


@pytest.mark.parametrize("name", DEBIAN)
def test_requires(name):
    """Exactly this version of strongSwan, and not its libraries one by one,
    which are private; nothing is provided for others but the package."""
    path = str(rpms()[name])
    requires = run("rpm", "-qp", "--requires", path).splitlines()
    if name == "charon-advanced-exporter":
        # it runs swanadv, and has no code of strongSwan's
        assert [line for line in requires
                if line.startswith("charon-advanced-tools = ")]
    else:
        assert f"strongswan = {os.environ['STRONGSWAN_VERSION']}" in requires
    assert not [line for line in requires
                if re.match(r"lib(charon|strongswan|vici)\.so", line)]
    assert not [line for line in run("rpm", "-qp", "--provides",
                                     path).splitlines() if ".so" in line]


def test_settings_are_config():
    """A snippet that was edited survives an upgrade."""
    for name, path in rpms().items():
        snippets = {file for file in of_rpm(path) if file.endswith(".conf") and
                    "/etc/" in file}
        config = run("rpm", "-qp", "--configfiles", str(path)).split()
        assert cleaned(config) == snippets, name
