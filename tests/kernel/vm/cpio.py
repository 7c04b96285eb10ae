# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives the kernel unpacks as its initial root file system."""

import os
import stat

_BLOCK = 4


def _pad(data):
    return data + bytes(-len(data) % _BLOCK)


class Archive:
    """Context manager: a "newc" cpio archive in a file.

    Parent directories come by themselves. Times are kept, as Python checks
    them before it uses a cached module. The kernel unpacks archives one after
    the other, so files can be concatenated.
    """

    def __init__(self, path):
        self._path = path
        self._names = set()
        self._file = None

    def __enter__(self):
        self._file = open(self._path, "wb")
        return self

    def __exit__(self, *exc):
        self._entry("TRAILER!!!", 0, 0, b"")
        self._file.close()

    def _entry(self, name, mode, mtime, data):
        encoded = os.fsencode(name) + b"\0"
        fields = [len(self._names), mode, 0, 0, 1, int(mtime), len(data),
                  0, 0, 0, 0, len(encoded), 0]
        header = "070701" + "".join(f"{value:08x}" for value in fields)
        self._file.write(_pad(header.encode() + encoded) + _pad(data))

    def _new(self, name):
        if name in self._names:
            return False
        parent = os.path.dirname(name)
        if parent:
            self.directory(parent)
        self._names.add(name)
        return True

    def directory(self, name):
        """Add an empty directory. Names have no leading slash."""
        if self._new(name):
            self._entry(name, stat.S_IFDIR | 0o755, 0, b"")

    def symlink(self, name, target):
        """Add a symbolic link."""
        if self._new(name):
            self._entry(name, stat.S_IFLNK | 0o777, 0, os.fsencode(target))

    def write(self, name, data, mode=0o644, mtime=0):
        """Add a file with the bytes given."""
        if self._new(name):
            self._entry(name, stat.S_IFREG | mode, mtime, data)

    def add(self, path, name=None):
        """Add the file at a path, under its own name unless given. Symbolic
        links are followed."""
        info = os.stat(path)
        name = name or str(path).lstrip("/")
        if name not in self._names:
            with open(path, "rb") as f:
                self.write(name, f.read(), stat.S_IMODE(info.st_mode),
                           info.st_mtime)
