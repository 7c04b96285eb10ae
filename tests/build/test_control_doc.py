# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/control.md against the code: commands, streams, events and fields."""

import os
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DOC = (TOP / "doc/control.md").read_text()
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or TOP / "build")
CODE = "\n".join(path.read_text() for path in
                 sorted(TOP.glob("plugins/*/*.c")))
OFFERS = "\n".join(path.read_text() for path in [
    *sorted(TOP.glob("plugins/*/*_offer.c")),
    TOP / "plugins/control/control_commands.c",
])


def sections(title):
    """The sections below a heading: {name: text}."""
    part = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", DOC, re.M | re.S)[1]
    return dict(re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", part,
                           re.M | re.S))


COMMANDS, EVENTS = sections("Commands"), sections("Events")


def test_version():
    number, = re.findall(r"#define CONTROL_INTERFACE_VERSION (\d+)\n", CODE)
    assert re.findall(r"^## Version (\d+)\n", DOC, re.M) == [number]
    assert f"| `interface-version` | number | {number}: " in DOC
    man = (TOP / "plugins/control/control.man").read_text()
    assert f"interface-version: {number}.\n" in man


def test_commands():
    code = set(re.findall(r"\.name = \"([\w-]+)\"", OFFERS))
    assert set(COMMANDS) == code


def test_streams():
    code = dict(re.findall(
        r"\.name = \"([\w-]+)\", \.stream = \"([\w-]+)\"", OFFERS))
    doc = {name: stream[1] for name, text in COMMANDS.items()
           if (stream := re.search(r"stream `([\w-]+)`", text))}
    assert doc == code


def test_events():
    lists = re.findall(r"\*const events\[\] = \{(.*?)NULL", CODE, re.S)
    code = {name for text in lists for name in re.findall(r'"(.*?)"', text)}
    assert set(EVENTS) == code
    assert code == set(re.findall(r'control_event_begin\("(.*?)"\)', CODE))


# how plugins write a field of each type
WRITERS = {
    "text": "->value",
    "number": "->number",
    "flag": "->flag",
    "list": "begin_list|write_networks|write_difference|write_lines|"
            "write_globs",
    "section": "begin_section",
    "numbers": "begin_numbers",
}
WRITTEN, FIELDS, ARGUMENTS = {}, {}, set()
"""{name: types} in the sources and in tables of fields, and names in others"""
for kind, writers in WRITERS.items():
    for name in re.findall(rf'(?:{writers})\((?:this->)?out, "([\w-]+)"',
                           CODE):
        WRITTEN.setdefault(name, set()).add(kind)
for header, table in re.findall(r"^\| (field \| type|argument) .*\n"
                                r"\|[-|]+\n((?:\|.*\n)+)", DOC, re.M):
    for name, rest in re.findall(r"^\| `([\w-]+)` \| (.*) \|$", table, re.M):
        if header == "argument":
            ARGUMENTS.add(name)
        else:
            FIELDS.setdefault(name, set()).add(rest.split(" | ")[0])


@pytest.mark.parametrize("name", sorted(WRITTEN.keys() | FIELDS.keys()))
def test_field(name):
    """It is documented, it exists, and it has one type everywhere."""
    assert FIELDS.get(name) == WRITTEN.get(name)
    assert len(FIELDS[name]) == 1


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_argument(name):
    assert re.search(rf'CONTROL_REQUEST "\.{name}"|'
                     rf"OPTION\(\w+, {name}, ", CODE)


def test_types_of_json():
    """swanadv has the types from the sources."""
    found = (BUILD / "tools/swanadv/fields.inc").read_text()
    assert found.count("\n") > 50
    assert {tuple(row) for row in re.findall(
        r'^\{ "([\w-]+)", FIELD_(\w+) \},$', found, re.M)} == {
            (name, kind.upper()) for name, kinds in WRITTEN.items()
            for kind in kinds if kind in ("number", "flag", "numbers")}


def test_numbers_are_written_as_such():
    """Else JSON has them as text."""
    number = r'"(?:%\d*l*z?[dux]|yes|no)"|[^;]* \? "yes" : "no"\)'
    assert not re.findall(rf'->value\(\w+, [^,;]+,\s*(?:{number})', CODE)



@pytest.mark.parametrize("header,macro,text", [
    ("control/control_server.h", "CONTROL_CLIENTS_MAX 64", "| clients | 64 |"),
    ("control/control_frame.h", "CONTROL_FRAME_MAX (512 * 1024)", "512 KiB"),
    ("control/control_request.h", "CONTROL_REQUEST_ELEMENTS_MAX 1000",
     "1,000 elements"),
    ("control/control_request.h", "CONTROL_REQUEST_DEPTH_MAX 4",
     "sections 4 deep"),
    ("control/control_request.h", "CONTROL_REQUEST_NAME_MAX 100",
     "names of 100 bytes"),
    ("control/control_client.h", "CONTROL_PATIENCE 10", "| 10 s |"),
    ("control/control_dispatcher.h", "CONTROL_ANSWER_MAX (64 * 1024 * 1024)",
     "| answer | 64 MiB"),
    ("control/control_queue.h", "CONTROL_QUEUE_MAX (1024 * 1024)",
     "| events that wait for a client | 1 MiB |"),
    ("bypass/bypass_runtime.h", "BYPASS_RUNTIME_MAX 1000",
     "1,000 may be added"),
])
def test_bounds(header, macro, text):
    assert f"#define {macro}\n" in (TOP / "plugins" / header).read_text()
    assert text in re.sub(r"\s+", " ", DOC)
