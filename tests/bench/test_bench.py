# SPDX-License-Identifier: GPL-2.0-or-later
"""Each benchmark runs, with sizes that tell nothing but that it does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from lab import pcsc, requirements  # noqa: E402

LOGINS = "--logins 2 --rounds 1"
SIZES = {
    "bypass": "--rules 10 --subnets 2 --rounds 1",
    "filtermode": "--children 1,2 --users 1 --rounds 1 --seconds 0.1",
    "ikev1-policy": f"--sas 1 --connections 2 --windows 3 {LOGINS}",
    "overhead": f"{LOGINS} --starts 1",
    "pcsc-token": "--logins 1 --cycles 1",
    "peer-log": LOGINS,
    "stop": "--rounds 1",
    "strict-bind": f"--seconds 0.1 --addresses 1,2 --no-instructions {LOGINS}",
    "unique-policy": f"--sessions 2 --table 100 {LOGINS}",
}
# in a virtual machine: tests/kernel/test_bench.py
ELSEWHERE = {"async-crypto"}


def test_all_are_run():
    assert {path.name for path in HERE.iterdir()
            if path.is_file() and os.access(path, os.X_OK)} == (
        set(SIZES) | ELSEWHERE)


@pytest.mark.skipif(bool(reason := requirements.missing() or
                         requirements.missing_plugins()), reason=str(reason))
@pytest.mark.parametrize("name", SIZES)
def test_runs(name):
    if name == "pcsc-token" and (missing := pcsc.missing()):
        pytest.skip(missing)
    done = subprocess.run([HERE / name, *SIZES[name].split()], text=True,
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    # a table, and something in it
    head = next(n for n, line in enumerate(lines) if line.startswith("|-") or
                line.startswith("| ---"))
    assert lines[head - 1].count("|") == lines[head + 1].count("|") > 2
