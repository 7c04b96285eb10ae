# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the build under test, the strongSwan tree and the host's daemon are.

CHARON_ADVANCED_BUILD   build directory, default <repository>/build
CHARON_ADVANCED_SOURCE  strongSwan source tree, default <build>/host/src
CHARON_ADVANCED_DAEMON  charon to test instead of the one found
CHARON_ADVANCED_ENV     environment of the daemons beside ours, as a shell
                        would read it, e.g. what a sanitizer needs
"""

import os
import shlex
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or REPOSITORY / "build")
SOURCE = Path(os.environ.get("CHARON_ADVANCED_SOURCE") or BUILD / "host/src")
VICI_PYTHON = SOURCE / "src/libcharon/plugins/vici/python"

_LIBDIRS = [Path("/usr/lib/ipsec"), Path("/usr/libexec/ipsec"),
            Path("/usr/lib/strongswan"), Path("/usr/libexec/strongswan")]
_DAEMONS = [path / "charon" for path in _LIBDIRS]
_PLUGIN_DIRS = [path / "plugins" for path in _LIBDIRS] + [
    Path("/usr/lib64/ipsec/plugins"), Path("/usr/lib64/strongswan/plugins")]


class BuildError(LookupError):
    """Something that had to be built or installed first is not there."""


def _first(candidates, what):
    for path in candidates:
        if path.exists():
            return path
    tried = ", ".join(map(str, candidates))
    raise BuildError(f"{what} not found, tried {tried}")


def daemon():
    """Path of the charon to run."""
    override = os.environ.get("CHARON_ADVANCED_DAEMON")
    if override:
        return _first([Path(override)], "CHARON_ADVANCED_DAEMON")
    return _first(_DAEMONS, "charon")


def daemon_env():
    """What CHARON_ADVANCED_ENV adds to each daemon's environment."""
    words = shlex.split(os.environ.get("CHARON_ADVANCED_ENV", ""))
    return dict(word.split("=", 1) for word in words)


def plugin_dir():
    """Where the host's daemon loads its plugins from."""
    return _first(_PLUGIN_DIRS, "strongSwan's plugin directory")


def plugins():
    """The plugins of the build under test: {name: path of the .so}."""
    found = {}
    for folder in sorted(BUILD.glob("plugins/*/.libs")):
        name = folder.parent.name
        path = folder / f"libstrongswan-{name}.so"
        if path.exists():
            found[name] = path.resolve()
    return found


def watch(name):
    """Path of what tests/watch has for tests to load into a daemon."""
    return _first([BUILD / f"tests/watch/.libs/{name}.so"], name)


def swanadv():
    """Path of the swanadv under test."""
    return _first([BUILD / "tools/swanadv/swanadv"], "swanadv")


def is_stock(plugin):
    """Whether the host's strongSwan has this plugin."""
    return (plugin_dir() / f"libstrongswan-{plugin}.so").exists()
