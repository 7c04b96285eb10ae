# SPDX-License-Identifier: GPL-2.0-or-later
"""What an editor can't be told in .editorconfig."""

import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
COLUMNS = 80
SUFFIXES = {".am", ".c", ".h", ".py", ".sh"}


def sources():
    """What is written by hand, and isn't text: also scripts without a
    suffix."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        pytest.skip("not a checkout")
    paths = [TOP / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and (
        path.suffix in SUFFIXES or path.read_bytes()[:2] == b"#!")]


def test_columns():
    """No line is longer than 80 columns, with tabs of 4."""
    long = [f"{path.relative_to(TOP)}:{number}: {width} columns"
            for path in sources()
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if (width := len(line.expandtabs(4))) > COLUMNS]
    assert not long, "\n".join(long)
