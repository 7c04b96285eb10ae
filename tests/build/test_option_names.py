# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of options, as CONTRIBUTING.md has them."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PLUGINS = TOP / "plugins"

# an option in a table: OPTION(struct, key, TYPE, ...) or OPTION_AS("key", ...)
OPTION = re.compile(
    r'OPTION(?:_AS\(\s*"(?P<name>\w+)",\s*\w+,\s*[\w.]+'
    r'|\(\s*\w+,\s*(?P<member>\w+)),\s*(?:OPTION_)?(?P<type>[A-Z]+)\b'
    r'(?P<rest>(?:[^()]|\([^()]*\))*)\)')
DEFAULT = re.compile(r'\.def = "([^"]*)"')


def options():
    """(key, type, default) of the tables."""
    shared = TOP / "common/peer_match.h"
    for path in [shared, *sorted(PLUGINS.glob("*/*.[ch]"))]:
        for match in OPTION.finditer(path.read_text()):
            default = DEFAULT.search(match["rest"])
            key = match["name"] or match["member"]
            yield pytest.param(key, match["type"],
                               default[1] if default else None,
                               id=f"{path.stem}.{key}")


def described():
    """(name, description) of what operators read."""
    for path in sorted(PLUGINS.glob("*/*.opt")):
        for entry in re.split(r"^(?=charon\.)", path.read_text(), flags=re.M):
            if entry.startswith("charon."):
                head, _, text = entry.partition("\n")
                name = head.split()[0]
                yield pytest.param(name.split("."), text, id=name)


@pytest.mark.parametrize("key,kind,default", options())
def test_table(key, kind, default):
    """A list of patterns is in the plural, a duration has its unit, and a
    reaction to an event is a choice."""
    assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
    assert key != "connection"
    if kind == "GLOBS":
        assert key.endswith("s"), "a list"
    if key.endswith("connections"):
        assert kind == "GLOBS", "patterns"
    if kind == "TIME" and default:
        assert re.fullmatch(r"0|\d+[smhd]", default), "a duration"
    if re.search(r"_(timeout|delay|interval)$", key):
        assert kind == "TIME", "a duration"
    if key.startswith("on_"):
        assert kind == "ENUM", "what to do on an event"
    if kind == "SECTIONS":
        assert key.endswith("s"), "a list"


@pytest.mark.parametrize("name,text", described())
def test_described(name, text):
    """What lists connections says so in its name, and no section has an
    option of its own name."""
    if re.match(r"\s*Names\s+of\s+connections\b", text):
        assert name[-1].endswith("connections")
    assert name[-1] not in name[2:-1]


def test_found():
    """The tables are read at all."""
    kinds = [option.values[1] for option in options()]
    assert len(kinds) > 60 and kinds.count("GLOBS") > 5
    assert {"BOOL", "ENUM", "INT", "SECTIONS", "STRING", "TIME"} <= set(kinds)
