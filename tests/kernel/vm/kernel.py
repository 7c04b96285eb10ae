# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's cloud kernel: fetched through apt, kept by package version."""

import re
import shutil
from pathlib import Path

from lab.shell import CommandError, run
from vm import Unavailable
from vm.cpio import Archive

META_PACKAGE = "linux-image-cloud-amd64"

# what networking and its cryptography take; the kernel is made for virtual
# machines, so there is no hardware in it to leave out
_MODULES = ["arch/x86/crypto", "crypto", "drivers/net/*.ko", "fs/overlayfs",
            "lib", "net"]


class Kernel:
    """A kernel that is ready to boot: image, a file, and modules, a file with
    a cpio archive of them."""

    def __init__(self, directory, version):
        self.version = version
        self.image = directory / "vmlinuz"
        self.modules = directory / "modules.cpio"


def _package():
    """Name of the package that the meta package stands for, or None."""
    shown = run("apt-cache", "show", "--no-all-versions", META_PACKAGE,
                check=False).stdout
    match = re.search(r"^Depends: (linux-image-\S+)", shown, re.M)
    return match and match.group(1)


def _download(package, directory):
    directory.mkdir(parents=True)
    script = f"cd '{directory}' && apt-get -qq download '{package}'"
    run("sh", "-ec", script)
    deb, = directory.glob("*.deb")
    return deb


def _unpack(deb, directory):
    """Leave image and modules of a .deb in the directory."""
    tree = directory / "tree"
    run("dpkg-deb", "-x", deb, tree)
    image, = tree.glob("boot/vmlinuz-*")
    version = image.name.removeprefix("vmlinuz-")
    # where Debian's kernels before and after the merge of /usr have them
    modules = next(path for path in [tree / "lib/modules" / version,
                                     tree / "usr/lib/modules" / version]
                   if path.is_dir())
    run("depmod", "-b", modules.parents[2], version)
    with Archive(directory / "modules.cpio") as archive:
        files = list(modules.glob("modules.*"))
        for pattern in _MODULES:
            for path in modules.glob(f"kernel/{pattern}"):
                files += path.rglob("*.ko*") if path.is_dir() else [path]
        for path in sorted(files):
            archive.add(path, f"usr/lib/modules/{version}/"
                              f"{path.relative_to(modules)}")
    image.rename(directory / "vmlinuz")
    (directory / "version").write_text(version)
    shutil.rmtree(tree)
    deb.unlink()


def _fetch(package, directory):
    fresh = directory.with_name("new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        deb = _download(package, fresh)
    except CommandError:
        # lists that are out of date name packages that are gone
        run("apt-get", "-qq", "update")
        package = _package()
        shutil.rmtree(fresh)
        deb = _download(package, fresh)
    _unpack(deb, fresh)
    fresh.rename(directory.with_name(package))
    return directory.with_name(package)


def fetch(cache):
    """The newest Kernel that apt knows, kept in the directory cache. Raises
    Unavailable if there is none."""
    if not shutil.which("depmod"):
        raise Unavailable("depmod is not installed")
    package = _package()
    kept = sorted(Path(cache).glob("linux-image-*/version"))
    if package:
        directory = Path(cache, package)
        if not (directory / "version").exists():
            try:
                directory = _fetch(package, directory)
            except CommandError as e:
                raise Unavailable(f"can't fetch {package}: {e}") from None
    elif kept:
        directory = kept[-1].parent
    else:
        raise Unavailable(f"apt doesn't know {META_PACKAGE}: apt-get update?")
    return Kernel(directory, (directory / "version").read_text())
