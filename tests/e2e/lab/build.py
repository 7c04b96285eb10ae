# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the build under test, the strongSwan tree and the host's daemon are.

CHARON_ADVANCED_BUILD   build directory, default <repository>/build
CHARON_ADVANCED_SOURCE  strongSwan source tree, default <build>/host/src
CHARON_ADVANCED_DAEMON  charon to test instead of the one found
CHARON_ADVANCED_PREFIX  prefix of a strongSwan to test with in place of the
                        distribution's; tests of what it lacks are skipped
CHARON_ADVANCED_ENV     environment of the daemons beside ours, as a shell
                        would read it, e.g. what a sanitizer needs
"""

import functools
import os
import re
import shlex
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or REPOSITORY / "build")
SOURCE = Path(os.environ.get("CHARON_ADVANCED_SOURCE") or BUILD / "host/src")
VICI_PYTHON = SOURCE / "src/libcharon/plugins/vici/python"

PREFIX = os.environ.get("CHARON_ADVANCED_PREFIX")

_LIBDIRS = [Path(PREFIX or "/usr") / path for path in (
    "lib/ipsec", "libexec/ipsec", "lib/strongswan", "libexec/strongswan",
    "lib64/ipsec", "lib64/strongswan")]
_DAEMONS = [path / "charon" for path in _LIBDIRS]
_PLUGIN_DIRS = [path / "plugins" for path in _LIBDIRS]


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


def own(program):
    """Path of another daemon of a strongSwan that isn't the distribution's.
    Skips the test if it has none."""
    path = Path(PREFIX) / "sbin" / program
    if not path.exists():
        lack(program)
    return path


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


def exporter():
    """Path of the charon-exporter under test."""
    return _first([BUILD / "tools/exporter/charon-exporter"], "charon-exporter")


def version():
    """Version of the host's strongSwan."""
    header = (BUILD / "compat/host.h").read_text()
    return re.search(r'#define VERSION "(.*)"', header)[1]


@functools.cache
def has_ikev1():
    """Whether the host's strongSwan has IKEv1, which 6.1 leaves out unless it
    is asked for."""
    try:
        library = (plugin_dir().parent / "libcharon.so.0").read_bytes()
    except (BuildError, OSError):
        return False
    return b"main_mode_create" in library


def lack(what):
    """Have the test that is running counted as skipped, by its name."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    raise unittest.SkipTest(f"{test}: this strongSwan has no {what}")


def need_ikev1():
    """Skip the test that is running if the host has no IKEv1."""
    if not has_ikev1():
        lack("IKEv1")


def need_stock(plugin):
    """Skip the test that is running if another strongSwan than the
    distribution's lacks a plugin."""
    if PREFIX and not is_stock(plugin) and plugin not in plugins():
        lack(f"plugin {plugin}")


def has_bypass_lan():
    """Whether the host's strongSwan has bypass-lan, and ends with it, which
    6.1.0 doesn't, with and without a plugin of ours."""
    return is_stock("bypass-lan") and version() != "6.1.0"


def is_stock(plugin):
    """Whether the host's strongSwan has this plugin."""
    return (plugin_dir() / f"libstrongswan-{plugin}.so").exists()
