# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages that can't be installed, as they change the resolver of the
machine of a developer or conflict with others: unpacked beside the build."""

import os
import shutil

from lab import build
from lab.shell import CommandError, run


def unpacked(package):
    """Directory with the content of a package, where /lib is found as on a
    machine that has it installed, whatever the package was made for; fetches
    it the first time. Raises BuildError if it can't be had."""
    target = build.BUILD / "debs" / package
    if target.is_dir():
        return target
    # other processes may want the same at the same time
    work = target.with_name(f"{package}.{os.getpid()}")
    work.mkdir(parents=True)
    try:
        # apt-get downloads to the current directory
        run("sh", "-ec", 'cd "$1"; apt-get -qq download "$2";'
            'dpkg -x "$2"_*.deb root', "sh", work, package)
        for name in ("bin", "lib", "sbin"):
            link = work / "root" / name
            if not link.exists():
                link.symlink_to(f"usr/{name}")
        (work / "root").rename(target)
    except CommandError as e:
        raise build.BuildError(f"package {package}: {e}") from None
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(work)
    return target
