# SPDX-License-Identifier: GPL-2.0-or-later
"""The man pages: each has its sections in the same order, and refers to others
that exist; a search finds them all."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or TOP / "build")
OVERVIEW = TOP / "doc/charon-advanced.7"
# as they are installed; a host may have no ikev1-policy
PAGES = {path.name: path for path in [
    *sorted(BUILD.glob("plugins/*/charon-*.5")),
    OVERVIEW, TOP / "tools/swanadv/swanadv.8",
    TOP / "tools/exporter/charon-exporter.8"]}
# sections that have their place, in this order
ORDER = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "LOG MESSAGES",
         "SEE ALSO"]


def sections(page):
    """{heading: text}, in their order."""
    return dict(re.findall(r'^\.SH "?([^"\n]+)"?\n(.*?)(?=^\.SH |\Z)',
                           PAGES[page].read_text(), re.M | re.S))


def references(text):
    """Names of the pages that a text refers to."""
    return [f"{name}.{number}".replace("\\-", "-") for name, number in
            re.findall(r'^\.BR "?([\w.\\-]+)"? "?\((\d)\)', text, re.M)]


def test_all_are_here():
    plugins = re.findall(r"^CHARON_PLUGIN\(\[(.*?)\]",
                         (TOP / "configure.ac").read_text(), re.M)
    pages = {f"charon-{name}.5" for name in plugins}
    assert pages - PAGES.keys() <= {"charon-ikev1-policy.5"}
    assert pages <= set(references(sections(OVERVIEW.name)["DESCRIPTION"]))


@pytest.mark.parametrize("page", PAGES)
def test_sections(page):
    """What an operator sets stands before what charon may say about it."""
    found = sections(page)
    assert [name for name in found if name in ORDER] == \
        [name for name in ORDER if name in found]
    assert {"NAME", "DESCRIPTION", "SEE ALSO"} <= found.keys()
    assert list(found)[-1] == "SEE ALSO"
    if page.endswith(".5"):
        assert ".TP" in found["OPTIONS"]
        assert "LOG MESSAGES" in found


@pytest.mark.parametrize("page", PAGES)
def test_see_also(page):
    """The overview and the tool stand everywhere, ours exist, none is there
    twice, and pages don't refer to themselves."""
    found = references(sections(page)["SEE ALSO"])
    assert len(set(found)) == len(found)
    assert page not in found
    assert {OVERVIEW.name, "swanadv.8"} - {page} <= set(found)
    ours = {name for name in references(PAGES[page].read_text())
            if name.startswith(("charon-", "swanadv"))}
    assert ours <= PAGES.keys() | {"charon-ikev1-policy.5"}


@pytest.mark.parametrize("page", PAGES)
def test_renders(page):
    """Without a warning."""
    if not shutil.which("groff"):
        pytest.skip("no groff: scripts/install-packages packages")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", PAGES[page]],
        capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_apropos(tmp_path):
    """apropos strongswan finds all of them, from their NAME lines."""
    if not shutil.which("mandb"):
        pytest.skip("no mandb: scripts/install-packages packages")
    for name, path in PAGES.items():
        directory = tmp_path / f"man{path.suffix[1:]}"
        directory.mkdir(exist_ok=True)
        shutil.copy(path, directory / name)
    subprocess.run(["mandb", "--create", "--quiet", tmp_path], check=True)
    found = subprocess.run(["apropos", "-M", tmp_path, "strongswan"],
                           check=True, capture_output=True, text=True)
    assert {f"{name}.{number}" for name, number in re.findall(
        r"^(\S+) \((\d)\)", found.stdout, re.M)} == PAGES.keys()
