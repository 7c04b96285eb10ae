# SPDX-License-Identifier: GPL-2.0-or-later
"""What packages hold: each plugin is in one, with all that belongs to it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.parent.name for path in
                 TOP.glob("plugins/*/Makefile.am"))
DEBIAN = TOP / "packaging/debian"
SPEC = TOP / "packaging/rpm/charon-advanced.spec"


def belongings(plugin):
    """The files that a plugin installs."""
    return {f"libstrongswan-{plugin}.so", f"{plugin}.conf",
            f"charon-{plugin}.5"}


def debian_packages():
    """{package: names of the files it installs}"""
    return {path.stem: [Path(line).name for line in
                        path.read_text().splitlines()]
            for path in DEBIAN.glob("*.install")}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_debian_has(plugin):
    """In exactly one package, whose description says what it does."""
    packages = [name for name, files in debian_packages().items()
                if belongings(plugin) <= set(files)]
    assert len(packages) == 1
    stanza, = re.findall(rf"^Package: {packages[0]}$.*?(?=^Package:|\Z)",
                         (DEBIAN / "control").read_text(), re.M | re.S)
    assert plugin in stanza


def test_debian_has_nothing_else():
    """No plugin that doesn't exist."""
    named = {name[len("libstrongswan-"):-len(".so")]
             for files in debian_packages().values() for name in files
             if name.startswith("libstrongswan-")}
    assert named == set(PLUGINS)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_rpm_has(plugin):
    files = SPEC.read_text().split("%files", 1)[1]
    named = {Path(line.split()[-1]).name.removesuffix("*")
             for line in files.splitlines() if line}
    assert belongings(plugin) <= named


def test_rpm_parses():
    """rpm itself reads the spec, for a host that it is told about."""
    if not shutil.which("rpmspec"):
        pytest.skip("no rpmspec: install the package rpm")
    result = subprocess.run(
        ["rpmspec", "--parse", "--define", "strongswan_version 5.9.14", SPEC],
        capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "Requires:       strongswan = 5.9.14" in result.stdout


def test_versions_agree():
    """configure.ac, the changelog and the spec."""
    version, = re.findall(r"AC_INIT\(\[charon-advanced\], \[(.*)\]\)",
                          (TOP / "configure.ac").read_text())
    changelog = (DEBIAN / "changelog").read_text()
    assert changelog.startswith(f"charon-advanced ({version}-")
    assert re.search(rf"^Version: +{re.escape(version)}$", SPEC.read_text(),
                     re.M)
