# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root file system: programs of this machine, with the libraries
they load, strongSwan, Python with pytest, and the checkout's tests and build.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from lab import build, debs, manual
from vm import Unavailable, apparmor
from vm.cpio import Archive

CHECKOUT = Path("/checkout")
"""Where the guest has the repository."""

_HERE = Path(__file__).parent

_COMMANDS = [
    "bash", "cat", "conntrack", "depmod", "dmesg", "env", "insmod", "ip",
    "kill", "ls", "lsmod", "mkdir", "modprobe", "mount", "nft", "nsenter",
    "ping", "pki", "ps", "python3", "rm", "rmmod", "sh", "sleep", "ss",
    "swanctl", "sysctl", "tc", "tcpdump", "tee", "umount", "unshare",
]
_PYTHON_LEFT_OUT = ["config-*", "ensurepip", "idlelib", "lib2to3",
                    "pydoc_data", "test", "tkinter", "turtledemo"]
_ETC = ["group", "iproute2", "ld.so.cache", "nsswitch.conf", "passwd",
        "protocols", "services", "ssl/openssl.cnf"]
_DLOPENED = ["libfreebl3.so", "libfreeblpriv3.so", "libgcc_s.so.1",
             "libsoftokn3.so", "ossl-modules/legacy.so"]
"""Of the library folder: what programs load by name at run time."""
_LIBRESWAN = ["usr/bin/certutil", "usr/lib/**/*.so*",
              "usr/libexec/ipsec/addconn", "usr/libexec/ipsec/pluto"]
"""Of its package, which conflicts with strongSwan's."""

_LIBRARIES = Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or "")


def _command(name):
    # not what is in /usr/local: that may be a Python without pytest
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not path:
        raise Unavailable(f"{name} is not installed")
    return Path(path)


def _home(path):
    """The name of a file with symbolic links in its directories resolved:
    the guest's /bin, /lib and so on are links into /usr."""
    return Path(os.path.realpath(path.parent), path.name)


def _linked(files):
    """The libraries, with the dynamic linker, that ELF files load."""
    elf = []
    for path in files:
        with open(path, "rb") as f:
            if f.read(4) == b"\x7fELF":
                elf.append(path)
    # complains of static ones, and of modules that leave symbols to charon
    out = subprocess.run(["ldd", *elf], text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout
    return {_home(Path(name)) for name in
            re.findall(r"^\t(?:\S+ => )?(/\S+) \(0x", out, re.M)}


def _tree(top, left_out=()):
    skip = {path for pattern in left_out for path in top.glob(pattern)}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders
                      if Path(folder, name) not in skip]
        yield from (Path(folder, name) for name in names)


def _python():
    stdlib = Path(sysconfig.get_path("stdlib", vars={
        "installed_base": "/usr"}))
    yield from _tree(stdlib, _PYTHON_LEFT_OUT)
    # this process has loaded pytest, and with it all that pytest takes
    for name, module in list(sys.modules.items()):
        path = Path(getattr(module, "__file__", None) or "/")
        if "." not in name and path.is_relative_to("/usr/lib/python3"):
            if path.name == "__init__.py":
                yield from _tree(path.parent)
            else:
                yield path


def _system():
    """Files of this machine, under their own names."""
    files = [_command(name) for name in _COMMANDS]
    files += _tree(build.plugin_dir())
    files.append(build.daemon())
    files += [_LIBRARIES / name for name in _DLOPENED]
    files += _python()
    for name in _ETC:
        path = Path("/etc", name)
        files += _tree(path) if path.is_dir() else [path]
    return [_home(path) for path in files if path.exists()]


def _libreswan():
    """(path here, path in the guest) of another IKE daemon, where it can be
    had: its tests are skipped without it."""
    try:
        root = debs.unpacked("libreswan", libraries=True)
    except build.BuildError:
        return
    for pattern in _LIBRESWAN:
        for path in root.glob(pattern):
            yield path, path.relative_to(root)


def _checkout():
    """(path here, path in the guest) of what the tests are and test."""
    plugins = build.plugins()
    for name, path in plugins.items():
        yield path, (CHECKOUT / f"build/plugins/{name}/.libs/"
                     f"libstrongswan-{name}.so")
    for path in _tree(build.VICI_PYTHON / "vici"):
        yield path, (CHECKOUT / "build/host/src" /
                     path.relative_to(build.SOURCE))
    yield manual.PAGE, CHECKOUT / manual.PAGE.relative_to(build.REPOSITORY)
    for tier in ["e2e", "kernel"]:
        for path in _tree(build.REPOSITORY / "tests" / tier):
            yield path, CHECKOUT / path.relative_to(build.REPOSITORY)


def write(path, extra):
    """Write a root file system to a file.

    extra is a dict {name in the guest: text} of files beside.
    """
    system = _system()
    others = [*_checkout(), *_libreswan()]
    libraries = _linked([*system, *(path for path, _ in others)])
    with Archive(path) as archive:
        for name in ["bin", "lib", "lib64", "sbin"]:
            archive.directory(f"usr/{name}")
            archive.symlink(name, f"usr/{name}")
        archive.symlink("var/run", "/run")
        for name in ["dev", "proc", "root", "run", "sys", "tmp",
                     "var/tmp"]:
            archive.directory(name)
        archive.add(_HERE / "init", "init")
        for file in [*system, *libraries]:
            archive.add(file)
        for file, name in others:
            archive.add(file, str(name).lstrip("/"))
        for name, data in apparmor.policies():
            archive.write(str(name).lstrip("/"), data)
        for name, text in extra.items():
            archive.write(str(name).lstrip("/"), text.encode())
