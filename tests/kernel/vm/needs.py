# SPDX-License-Identifier: GPL-2.0-or-later
"""What a test can need of a kernel, and whether this one has it."""

import functools

from lab.shell import run

_SA = ("ip xfrm state add src 192.0.2.1 dst 192.0.2.2 spi 0x100 mode tunnel "
       "proto")

# run in a network namespace of its own
_PROBES = {
    "esp": f"{_SA} esp aead 'rfc4106(gcm(aes))' "
           "0x000102030405060708090a0b0c0d0e0f10111213 128",
    "ipcomp": f"{_SA} comp comp deflate",
    "vti": "ip link add v0 type vti local 192.0.2.1 remote 192.0.2.2 key 1",
    "xfrm-interface": "ip link add x0 type xfrm dev lo if_id 1",
    "vrf": "ip link add v0 type vrf table 77",
    "nft": "nft add table inet probe",
    # to change what namespaces share, such as the kernel's algorithms, takes
    # a kernel that is there for the test alone
    "own-kernel": "false",
}


def check(names):
    """Raise ValueError for a name that isn't one."""
    for name in names:
        if name not in _PROBES:
            raise ValueError(f"unknown need {name!r}, known are "
                             f"{', '.join(_PROBES)}")


@functools.cache
def offered(name):
    """Whether this machine has it."""
    return not run("unshare", "--net", "sh", "-ec", _PROBES[name],
                   check=False).returncode
