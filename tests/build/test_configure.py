# SPDX-License-Identifier: GPL-2.0-or-later
"""configure refuses a host that the plugins wouldn't fit."""

import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or TOP / "build")


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """What configure found out about the compiler and the C library."""
    return tmp_path_factory.mktemp("configure") / "cache"


@pytest.fixture
def configure(tmp_path, cache):
    """Function that runs configure in an empty directory, and returns its exit
    status and what it printed."""
    def run(*options):
        directory = tmp_path / "build"
        directory.mkdir()
        done = subprocess.run(
            [TOP / "configure", f"--cache-file={cache}", *options],
            cwd=directory, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
    return run


@pytest.fixture
def source(tmp_path):
    """A source tree of another version, as far as configure looks at it."""
    tree = tmp_path / "strongswan-6.0.1"
    tree.mkdir()
    (tree / "configure.ac").write_text("AC_INIT([strongSwan],[6.0.1])\n")
    return tree


def test_other_version(configure, source):
    status, output = configure(f"--with-strongswan-source={source}")
    assert status != 0
    assert "6.0.1, but the installed daemon" in output.replace("\n", " ")
    assert re.search(r"is strongSwan\s5\.9\.\d+", output)
    assert "scripts/fetch-strongswan-source" in output


@pytest.mark.parametrize("option,words", [
    ([], "source tree of strongSwan 5.9.8 is needed"),
    (["--with-strongswan-source=/nowhere"], "isn't a strongSwan source tree"),
    (["--with-charon=/bin/true"], "/bin/true --version doesn't name one"),
])
def test_bad_options(configure, option, words):
    status, output = configure(*option)
    assert status != 0
    assert words in output


def fake_host(directory, without):
    """A libcharon that lacks a function."""
    names = {"connect_manager_create", "main_mode_create"} - {without}
    library = directory / "libcharon.so.0"
    subprocess.run(["cc", "-shared", "-x", "c", "-o", library, "-"],
                   input="".join(f"void {n}(void) {{}}\n" for n in names),
                   text=True, check=True)
    (directory / "libstrongswan.so.0").symlink_to(library)


@pytest.mark.parametrize("without,macro", [
    ("connect_manager_create", "ME"), ("main_mode_create", "USE_IKEV1")])
def test_host_features(tmp_path, configure, without, macro):
    """What the installed libcharon lacks is missing from its header."""
    fake_host(tmp_path, without)
    status, output = configure(
        f"--with-strongswan-source={BUILD / 'host/src'}",
        f"--with-ipseclibdir={tmp_path}")
    assert status == 0, output
    header = (tmp_path / "build/compat/host.h").read_text()
    assert f"#define {macro} 1" not in header
    assert header.count("#define ME 1") + header.count(
        "#define USE_IKEV1 1") == 1


def test_disabled_plugin(configure):
    status, output = configure(
        f"--with-strongswan-source={BUILD / 'host/src'}",
        "--disable-unique-policy")
    assert status == 0, output
    assert "unique-policy" not in re.search("plugins .*", output)[0]


def test_fetch_keeps_the_tree():
    """Source that is there already is left alone, and said so."""
    done = subprocess.run([TOP / "scripts/fetch-strongswan-source",
                           BUILD / "host"], text=True, check=True,
                          stdout=subprocess.PIPE)
    assert "already" in done.stdout
