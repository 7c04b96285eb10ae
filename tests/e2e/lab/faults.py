# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders that a daemon can't write to."""

NO_ROOM = [("ro", "Read-only file system"),
           ("size=4k,nr_inodes=1", "No space left on device")]
"""Options of mount, and the reason that a daemon is to give."""


def mounted(folder, options):
    """A wrapper for a daemon, that has a file system there of its own."""
    folder.mkdir()
    return ["sh", "-ec", 'mount -t tmpfs -o "$1" tmpfs "$2"; shift 2; '
            'exec "$@"', "sh", options, folder]
