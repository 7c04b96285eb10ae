# SPDX-License-Identifier: GPL-2.0-or-later
"""A new plugin is a folder and one line in configure.ac: "hello", in a copy of
the tree that is built without any other plugin but control."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or TOP / "build")
HELLO = TOP / "tests/build/hello"
LINE = "CHARON_PLUGIN([hello], [says hello])\n"


def run(*command, cwd, status=0, **env):
    """Run a command; returns what it printed."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=os.environ | env)
    assert done.returncode == status, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The copy, with the plugin."""
    tree = tmp_path_factory.mktemp("hello") / "tree"
    shutil.copytree(TOP, tree, symlinks=True, ignore=lambda path, names: {
        name for name in names if name in (".git", "__pycache__") or
        Path(path, name) in (TOP / "build", BUILD)})
    plugin = tree / "plugins/hello"
    shutil.copytree(HELLO, plugin)
    (plugin / "test_hello_settings.c").rename(
        tree / "tests/unit/test_hello_settings.c")
    (plugin / "e2e.py").rename(tree / "tests/e2e/test_hello.py")
    configure = tree / "configure.ac"
    text = configure.read_text()
    assert text.count("CHARON_PLUGIN([") > 1
    configure.write_text(text.replace("CHARON_PLUGIN([", LINE +
                                      "CHARON_PLUGIN([", 1))
    run("autoreconf", "--install", cwd=tree)
    return tree


@pytest.fixture(scope="module")
def build(tree):
    """Where it was built, as the tree that it is a copy of was; what
    configure printed is in configure.out."""
    others = set(re.findall(r"^CHARON_PLUGIN\(\[(.*?)\]",
                            (tree / "configure.ac").read_text(), re.M))
    others -= {"hello", "control"}
    assert len(others) > 9
    directory = tree / "build"
    directory.mkdir()
    (directory / "host").symlink_to(BUILD / "host")
    options = shlex.split(run(BUILD / "config.status", "--config", cwd=BUILD))
    (directory / "configure.out").write_text(run(
        tree / "configure", *options, "--enable-werror", "CFLAGS=-O0",
        *(f"--disable-{name}" for name in others), cwd=directory))
    run("make", "-j2", cwd=directory)
    return directory


def test_summary(build):
    text = (build / "configure.out").read_text()
    assert re.search(r"^  plugins +control hello$|^  plugins +hello control$",
                     text, re.M)


def test_check(build):
    """Its suite is run, its exports are checked, and the fuzz targets have its
    table: they find what crashes it."""
    output = run("make", "check", cwd=build / "tests/unit",
                 CK_RUN_SUITE="hello: settings", CK_TIMEOUT_MULTIPLIER="10")
    assert "100%: Checks: 2, Failures: 0, Errors: 0" in output
    assert "exports of plugins: 2 checked, 0 failures" in output
    corpus = build.parent / "tests/fuzz/corpus/settings/hello"
    corpus.write_text("hello { greeting = crash }\n")
    output = run("make", "check", cwd=build / "tests/unit", status=2,
                 CK_RUN_SUITE="fuzz", CK_TIMEOUT_MULTIPLIER="10")
    corpus.unlink()
    assert re.search(r"corpus:test_corpus:\d: .*signal 6", output)


def test_swanadv_checks(build, tmp_path):
    conf = tmp_path / "strongswan.conf"
    conf.write_text("charon { plugins {\nhello {\n greetings = hi\n } } }\n")
    assert run(build / "tools/swanadv/swanadv", "check", conf, cwd=build,
               status=1) == (
        f'{conf}:3: hello: greetings = "hi": unknown option, expected one of '
        "greeting\n")


def test_daemon(tree, build):
    """It works in a real daemon."""
    output = run(sys.executable, "-m", "pytest", "-q", "-rs", "-p",
                 "no:cacheprovider", tree / "tests/e2e/test_hello.py",
                 cwd=tree, CHARON_ADVANCED_BUILD=str(build))
    if "E2E TIER SKIPPED" in output:
        pytest.skip(output)
    assert "1 passed" in output


def test_packages(tree, build):
    """"make install" installs it, and Debian's rules put it in a package."""
    if not shutil.which("dh_install"):
        pytest.skip("no dh_install: scripts/install-packages packages")
    root = tree / "debian/tmp"
    shutil.copytree(tree / "packaging/debian", tree / "debian")
    run("make", "install", f"DESTDIR={root}", "prefix=/usr", "sysconfdir=/etc",
        "mandir=/usr/share/man", "plugindir=/usr/lib/ipsec/plugins",
        "docdir=/usr/share/doc/libcharon-advanced-plugins", cwd=build)
    # what the plugins that aren't built would have installed
    for path in (tree / "debian").glob("*.install"):
        for line in path.read_text().splitlines():
            name = line.split()[0]
            if not re.search(r"^debian/|\*", name):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).touch()
    run("make", "-f", "debian/rules", "override_dh_install", cwd=tree)
    for name, package in ("hello", "plugins"), ("control", "control"):
        assert {path.name: path.relative_to(tree / "debian").parts[0]
                for path in (tree / "debian").glob("libcharon*/**/*")
                if re.search(rf"\b{name}\.(so|conf|5)$", path.name)} == {
            file: f"libcharon-advanced-{package}" for file in (
                f"libstrongswan-{name}.so", f"{name}.conf",
                f"charon-{name}.5")}
