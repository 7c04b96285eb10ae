# SPDX-License-Identifier: GPL-2.0-or-later
"""No two of our files include each other, not even in a roundabout way. A .c
and its own .h are one here."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FOLDERS = ("common", "compat", "plugins", "tests", "tools")


def includes():
    """{file: those it includes}, as paths without their ends"""
    files = [path for folder in FOLDERS
             for path in sorted(TOP.joinpath(folder).rglob("*.[ch]"))]
    headers = {path.name: path for path in files if path.suffix == ".h"}
    found = {}
    for path in files:
        names = re.findall(r'^#include ["<](?:\.\./)*([^/">]+)[">]',
                           path.read_text(), re.M)
        paths = {headers[name].with_suffix("") for name in names
                 if name in headers} - {path.with_suffix("")}
        found.setdefault(str(path.relative_to(TOP).with_suffix("")),
                         set()).update(str(other.relative_to(TOP))
                                       for other in paths)
    return found


def circle(found):
    """The first circle there is, as a list that ends where it starts."""
    done = set()

    def follow(name, way):
        if name in way:
            return [*way[way.index(name):], name]
        if name in done:
            return None
        for other in sorted(found.get(name, ())):
            if names := follow(other, [*way, name]):
                return names
        done.add(name)
        return None

    return next((names for name in sorted(found)
                 if (names := follow(name, []))), None)


def test_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) is None
    assert circle({"a": {"b", "d"}, "b": {"c"}, "c": {"d"},
                   "d": {"b"}}) == ["b", "c", "d", "b"]


def test_no_circle():
    found = includes()
    assert "common/options" in found["common/options_store"]
    names = circle(found)
    assert not names, " -> ".join(names)
