# SPDX-License-Identifier: GPL-2.0-or-later
"""What packages hold: each plugin is in one, with all that belongs to it."""

import fnmatch
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
CONFIGURE = (TOP / "configure.ac").read_text()
PLUGINS = re.findall(r"^CHARON_PLUGIN\(\[(.*?)\]", CONFIGURE, re.M)
DEBIAN = TOP / "packaging/debian"
SPEC = TOP / "packaging/rpm/charon-advanced.spec"


def belongings(plugin):
    """The files that a plugin installs."""
    return {f"libstrongswan-{plugin}.so", f"{plugin}.conf",
            f"charon-{plugin}.5"}


def matching(patterns):
    """The files that patterns name: those of plugins, and others as they
    are."""
    files = [name for plugin in PLUGINS for name in belongings(plugin)]
    return {name for pattern in patterns
            for name in fnmatch.filter(files, pattern) or [pattern]}


def debian_packages():
    """{package: names of the files it takes from "make install"}"""
    rules = (DEBIAN / "rules").read_text().replace("\\\n", " ")
    excluded = {package: re.findall(r"-X(\S+)", options) for package, options in
                re.findall(r"\bdh_install --package=(\S+)(.*)", rules)}
    found = {path.stem: [name for name in matching(
                 Path(line.split()[0]).name
                 for line in path.read_text().splitlines()
                 if not line.startswith("debian/"))
                 if not any(part in name
                            for part in excluded.get(path.stem, []))]
             for path in DEBIAN.glob("*.install")}
    # which dh_installsystemd puts where this release has them
    for unit in re.findall(r"\bdh_installsystemd --name=(\S+)", rules):
        found["charon-advanced-exporter"] += [f"{unit}.service"]
    return found


@pytest.mark.parametrize("plugin", PLUGINS)
def test_debian_has(plugin):
    """In exactly one package, whose description says what it does."""
    packages = [name for name, files in debian_packages().items()
                if belongings(plugin) <= set(files)]
    assert len(packages) == 1, f"{plugin} isn't in packaging/debian/*.install"
    stanza, = re.findall(rf"^Package: {packages[0]}$.*?(?=^Package:|\Z)",
                         (DEBIAN / "control").read_text(), re.M | re.S)
    assert plugin in stanza


def test_debian_has_nothing_else():
    """No plugin that doesn't exist."""
    named = {name[len("libstrongswan-"):-len(".so")]
             for files in debian_packages().values() for name in files
             if name.startswith("libstrongswan-")}
    assert named == set(PLUGINS)


def rpmspec(*options):
    """What rpm itself makes of the spec, for a host that it is told about."""
    if not shutil.which("rpmspec"):
        pytest.skip("no rpmspec: scripts/install-packages packages")
    result = subprocess.run(
        ["rpmspec", *options, "--define", "strongswan_version 5.9.14", SPEC],
        capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def rpm_packages():
    """{package: names of the files it takes from "make install"}"""
    def names(lines):
        return matching(Path(line.split()[-1]).name.removesuffix("*")
                        for line in lines)

    packages = {}
    for package, text in re.findall(r"^%files(?: -n (\S+))?\n(.*?)(?=^$|\Z)",
                                    rpmspec("--parse"), re.M | re.S):
        lines = [line for line in text.splitlines()
                 if not re.match("%(doc|license) |#", line)]
        excluded = [line for line in lines if line.startswith("%exclude ")]
        packages[package or "charon-advanced"] = list(
            names(set(lines) - set(excluded)) - names(excluded))
    return packages


@pytest.mark.parametrize("plugin", PLUGINS)
def test_rpm_has(plugin):
    packages = [name for name, files in rpm_packages().items()
                if belongings(plugin) <= set(files)]
    assert len(packages) == 1, f"{plugin} isn't in one %files of the spec"


def test_rpm_is_split_as_debian():
    assert sorted(map(sorted, rpm_packages().values())) == \
        sorted(map(sorted, debian_packages().values()))


def test_rpm_packages():
    """As many as for Debian, for exactly this version of strongSwan, but for
    the exporter, which has no code of its."""
    names = rpmspec("--query", "--qf", r"%{NAME}\n").split()
    assert len(names) == len(debian_packages())
    requires = rpmspec("--parse").splitlines()
    assert requires.count("Requires:       strongswan = 5.9.14") == \
        len(names) - 1


def test_sisters_are_of_one_version():
    """What is loaded into one daemon is built together: each package breaks
    older ones of all others."""
    debian = dict(re.findall(r"^Package: (\S+)$(.*?)^Description:",
                             (DEBIAN / "control").read_text(), re.M | re.S))
    for package, text in debian.items():
        assert set(re.findall(r"^ (\S+) \(<< \$\{binary:Version\}\)", text,
                              re.M)) == debian.keys() - {package}
    lines = rpmspec("--parse").splitlines()
    names = rpmspec("--query", "--qf", r"%{NAME}\n").split()
    release, = set(rpmspec("--query", "--qf",
                           r"%{VERSION}-%{RELEASE}\n").split())
    for name in names:
        assert lines.count(f"Conflicts:      {name} < {release}") == \
            len(names) - 1


def test_versions_agree():
    """configure.ac, the changelog and the spec."""
    version, = re.findall(r"AC_INIT\(\[charon-advanced\], \[(.*)\]\)",
                          CONFIGURE)
    changelog = (DEBIAN / "changelog").read_text()
    assert changelog.startswith(f"charon-advanced ({version}-")
    assert re.search(rf"^Version: +{re.escape(version)}$", SPEC.read_text(),
                     re.M)


def test_selinux_module_compiles(tmp_path):
    if not shutil.which("checkmodule") or not shutil.which("semodule_package"):
        pytest.skip("no checkmodule: scripts/install-packages packages")
    module = tmp_path / "charon-advanced.mod"
    for command in (["checkmodule", "-M", "-m", "-o", module,
                     TOP / "packaging/selinux/charon-advanced.te"],
                    ["semodule_package", "-m", module,
                     "-o", module.with_suffix(".pp")]):
        subprocess.run(command, check=True)
    assert module.with_suffix(".pp").stat().st_size
