# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether this machine can run the tier at all."""

import os
import shutil

from lab import build
from lab.shell import CommandError, run

_TOOLS = ["ip", "nft", "ping", "pki", "swanctl", "tcpdump", "unshare"]

# The lower directories only have to exist, and the mount is gone with the
# namespaces that unshare made for it.
_PROBE = ["unshare", "--mount", "--net", "sh", "-ec",
          "mount -t tmpfs tmpfs /run; mkdir /run/a;"
          "mount -t overlay overlay -o lowerdir=/run/a:/usr /usr;"
          "ip link add p0 type veth peer p1; ip link add br0 type bridge;"
          "nft add table ip probe"]


def missing():
    """What keeps the tier from running, or None."""
    if os.geteuid() != 0:
        return "needs root for network namespaces and mounts"
    for tool in _TOOLS:
        if not shutil.which(tool):
            return f"{tool} is not installed"
    try:
        build.daemon()
        build.plugin_dir()
        run(*_PROBE)
    except build.BuildError as e:
        return str(e)
    except CommandError as e:
        return f"network namespaces or overlay mounts do not work: {e}"
    if not (build.VICI_PYTHON / "vici").is_dir():
        return (f"no strongSwan source tree at {build.SOURCE}: "
                "run scripts/build or set CHARON_ADVANCED_SOURCE")
    return None


def missing_plugins():
    """What keeps tests of our plugins from running, or None."""
    if not build.plugins():
        return f"no plugin in {build.BUILD}/plugins: run scripts/build"
    return None
