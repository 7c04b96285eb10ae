# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages that can't be installed, as they change the resolver of the
machine of a developer or conflict with others: unpacked beside the build."""

import os
import re
import shutil

from lab import build
from lab.shell import CommandError, run


# apt-get downloads to the current directory
_FETCH = 'cd "$1"; shift; apt-get -qq download "$@"; for deb in *.deb; do ' \
    'dpkg -x "$deb" root; done'


def _libraries(deb):
    """The packages with libraries, and the tools named like one, that it would
    take to install a .deb."""
    plan = run("apt-get", "-qq", "--simulate", "--no-install-recommends",
               "satisfy", run("dpkg-deb", "-f", deb, "Depends").stdout.strip())
    return re.findall(r"^Inst (lib\S+)(?<!-dev) ", plan.stdout, re.M)


def unpacked(package, libraries=False):
    """Directory with the content of a package, where /lib is found as on a
    machine that has it installed, whatever the package was made for; with the
    libraries that this machine lacks, if wanted. Fetches it the first time.
    Raises BuildError if it can't be had."""
    target = build.BUILD / "debs" / package
    if target.is_dir():
        return target
    # other processes may want the same at the same time
    work = target.with_name(f"{package}.{os.getpid()}")
    work.mkdir(parents=True)
    try:
        run("sh", "-ec", _FETCH, "sh", work, package)
        if libraries:
            deb, = work.glob("*.deb")
            run("sh", "-ec", _FETCH, "sh", work, *_libraries(deb))
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
