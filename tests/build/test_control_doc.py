# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/control.md against the code: commands, streams, events and fields."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DOC = (TOP / "doc/control.md").read_text()
SOURCES = {path: path.read_text() for path in [
    *sorted(TOP.glob("plugins/*/*_events.c")),
    *sorted(TOP.glob("plugins/*/*_offer.c")),
    TOP / "plugins/control/control_commands.c",
    TOP / "plugins/control/control_dispatcher.c",
    TOP / "plugins/control/control_client.c",
]}
CODE = "\n".join(SOURCES.values())


def sections(title):
    """The sections below a heading: {name: text}."""
    part = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", DOC, re.M | re.S)[1]
    return dict(re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", part,
                           re.M | re.S))


COMMANDS, EVENTS = sections("Commands"), sections("Events")


def test_commands():
    code = set(re.findall(r"\.name = \"([\w-]+)\"", CODE))
    assert set(COMMANDS) == code


def test_streams():
    code = dict(re.findall(
        r"\.name = \"([\w-]+)\", \.stream = \"([\w-]+)\"", CODE))
    doc = {name: stream[1] for name, text in COMMANDS.items()
           if (stream := re.search(r"stream `([\w-]+)`", text))}
    assert doc == code


def test_events():
    lists = re.findall(r"\*const events\[\] = \{(.*?)NULL", CODE, re.S)
    code = {name for text in lists for name in re.findall(r'"(.*?)"', text)}
    assert set(EVENTS) == code
    assert code == set(re.findall(r'control_event_begin\("(.*?)"\)', CODE))


WRITTEN = {name for pair in re.findall(
    r'(?:->value|begin_list|begin_section|write_networks|write_difference|'
    r'write_lines|write_globs)\((?:this->)?out, "([\w-]+)"|'
    r'add_kv\(builder, "([\w-]+)"', CODE) for name in pair if name}
FIELDS = set(re.findall(r"^\| `([\w-]+)` \|", DOC, re.M))


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_field_is_documented(name):
    assert name in FIELDS


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_field_exists(name):
    assert name in WRITTEN or re.search(rf'CONTROL_REQUEST "\.{name}"', CODE)


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
