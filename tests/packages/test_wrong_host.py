# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages that were built for another release's strongSwan."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import PACKAGES, codename, run

PLUGINS = Path("/usr/lib/ipsec/plugins")


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def other(request):
    """Folder with packages for another release."""
    if request.param == codename():
        pytest.skip("these are of this release")
    path = PACKAGES / request.param
    if not list(path.glob("*.deb")):
        pytest.skip(f"no packages for {request.param}: run scripts/in-debian "
                    f"{request.param} tests/packages/build")
    return path


def test_apt_refuses(other):
    """None can be installed, as the dependency on the version isn't met."""
    for path in other.glob("*.deb"):
        if "dbgsym" in path.name:
            continue
        result = subprocess.run(
            ["apt-get", "-y", "--simulate", "install", path],
            capture_output=True, text=True)
        assert result.returncode != 0
        assert "unmet dependencies" in result.stdout + result.stderr


def test_plugins_refuse(other, charon, tmp_path):
    """Forced into the daemon, each plugin is refused in a line. The daemon is
    none the worse for it."""
    for path in other.glob("*.deb"):
        run("dpkg", "-x", path, tmp_path / "unpacked")
    folder = tmp_path / "plugins"
    shutil.copytree(PLUGINS, folder)
    names = []
    for path in (tmp_path / "unpacked").glob("**/libstrongswan-*.so"):
        shutil.copy(path, folder)
        names.append(path.stem.removeprefix("libstrongswan-"))
    assert names
    sections = "".join(f"{name} {{ load = yes }}\n" for name in names)
    config = tmp_path / "strongswan.conf"
    config.write_text(
        "charon { load_modular = yes\n plugins {\n"
        "include strongswan.d/charon/*.conf\n"
        f"{sections} }} }}\n"
        "include strongswan.d/*.conf\n")

    with charon(config=config, plugins=folder) as daemon:
        text = daemon.text()
        assert not set(names) & set(daemon.loaded())
        for name in names:
            lines = re.findall(rf"(?m)^.*(?:{name}: built for strongSwan|"
                               rf"plugin '{name}' failed to load:|"
                               rf"plugin '{name}': failed to load - "
                               r"(?:plugin version|version field)).*$", text)
            assert len(lines) == 1, f"{name}: {lines}\n{text}"
        assert "uptime" in daemon.swanctl("--stats")
        daemon.swanctl("--reload-settings")
