# SPDX-License-Identifier: GPL-2.0-or-later
"""configure refuses a host that the plugins wouldn't fit."""

import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CHARON_ADVANCED_BUILD") or TOP / "build")


SOURCE = f"--with-strongswan-source={BUILD / 'host/src'}"


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


PROBES = {
    "child_cfg_selects_by_itself": (
        "config/child_cfg.h", "child_cfg_t",
        "int (*get_traffic_selectors)(child_cfg_t*, int, void*",
        ", void*, int"),
    "controller_max_level": (
        "control/controller.h", "controller_t",
        "int (*initiate)(controller_t*, void*, void*, void*, void*, int, int",
        ", int"),
    "kernel_refs_reqid": (
        "kernel/kernel_interface.h", "kernel_interface_t",
        "int (*release_reqid)(kernel_interface_t*, int",
        ", mark_t, mark_t, int, int, void*"),
    "peer_cfg_has_options": (
        "config/peer_cfg.h", "peer_cfg_t",
        "int (*use_aggressive)(peer_cfg_t*",
        "); int (*has_option)(peer_cfg_t*, int"),
}
"""Where what a probe compiles against is declared, for which type, as what, and
with which other arguments, or functions beside, by other versions of
strongSwan; the last says which way has them: those of compat/probes/ that is
newer, or older."""
NEWER = {"child_cfg_selects_by_itself": False, "controller_max_level": True,
         "kernel_refs_reqid": False, "peer_cfg_has_options": True}


def fake_source(tree, longer):
    """A source tree of the installed version with these headers, each with the
    longer list of arguments or not, or with one that nobody knows."""
    version = re.search(r'VERSION "(.*)"', (
        BUILD / "compat/host.h").read_text())[1]
    tree.mkdir()
    (tree / "configure.ac").write_text(f"AC_INIT([strongSwan],[{version}])\n")
    for header, kind, start, more in PROBES.values():
        path = tree / "src/libcharon" / header
        path.parent.mkdir(parents=True, exist_ok=True)
        end = {True: more, False: "", None: ", void*, void*, void*"}[longer]
        path.write_text(
            "#define NULL ((void*)0)\n#define TRUE 1\n#define FALSE 0\n"
            "typedef struct { int value; } mark_t;\n"
            f"typedef struct {kind} {kind};\n"
            f"struct {kind} {{ {start}{end}); }};\n")
    return f"--with-strongswan-source={tree}"


def test_every_probe_is_listed():
    probes = {path.stem for path in (TOP / "compat/probes").iterdir()}
    assert set(PROBES) == set(NEWER) == probes
    compat = (TOP / "compat/compat.h").read_text()
    for name in probes:
        assert f"#ifdef HOST_{name.upper()}" in compat


@pytest.mark.parametrize("longer", [True, False])
def test_probes(tmp_path, configure, longer):
    """Both answers of each: what differs is found in headers, not by
    versions."""
    status, output = configure(fake_source(tmp_path / "tree", longer))
    assert status == 0, output
    header = (tmp_path / "build/compat/host.h").read_text()
    found = {name: f"#define HOST_{name.upper()} 1" in header
             for name in PROBES}
    assert found == {name: newer == longer for name, newer in NEWER.items()}


def test_unknown_host(tmp_path, configure):
    """Headers that are neither way stop configure, not the compiler later."""
    status, output = configure(fake_source(tmp_path / "tree", None))
    assert status != 0
    assert re.search(r"compat/probes/\w+\.c suits the headers in .* in neither "
                     "of its ways: this strongSwan isn't known yet", output)


@pytest.mark.parametrize("option,words", [
    ([], "source tree of strongSwan 5.9.8 is needed"),
    (["--with-strongswan-source=/nowhere"], "isn't a strongSwan source tree"),
    (["--with-charon-version"], "--with-charon-version=yes: expected a "),
    (["--with-charon-version="], "--with-charon-version=: expected a version"),
    ([SOURCE, "--with-charon-version=0.1"],
     "but --with-charon-version is strongSwan"),
    (["--with-charon=/bin/true"], "/bin/true --version doesn't name one: if "
     "it can't be run here, name it with --with-charon-version"),
    (["--with-charon-version=5.9.8", SOURCE, "--with-ikev1=no"],
     "without a libcharon to ask, --with-mediation, --with-ikev1 and "
     "--with-plugindir have to be given"),
    ([SOURCE, "--with-mediation=perhaps"],
     "--with-mediation=perhaps: expected yes or no"),
    (["--with-charon-version=5.9.8", SOURCE, "--with-ipseclibdir=/nowhere"],
     "no libcharon.so.0 in '/nowhere'"),
])
def test_bad_options(configure, option, words):
    status, output = configure(*option)
    assert status != 0
    assert words in output


def fake_host(directory, without):
    """A libcharon that lacks a function, and what it is linked with, as in a
    staging folder."""
    names = {"libcharon_init", "connect_manager_create", "main_mode_create"}
    gone = directory / "libgone.so"
    library = directory / "libcharon.so.0"
    for path, more, text in [
            (gone, [], "void gone(void) {}\n"),
            (library, [gone], "void gone(void);\n" + "".join(
                f"void {n}(void) {{ gone(); }}\n" for n in names - {without}))]:
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", path, "-",
                        "-x", "none", *more], input=text, text=True,
                       check=True)
    gone.unlink()
    (directory / "libstrongswan.so.0").symlink_to(library)


@pytest.mark.parametrize("without,macro", [
    ("connect_manager_create", "ME"), ("main_mode_create", "USE_IKEV1")])
def test_host_features(tmp_path, configure, without, macro):
    """What the installed libcharon lacks is missing from its header."""
    fake_host(tmp_path, without)
    library = f"--with-ipseclibdir={tmp_path}"
    status, output = configure(SOURCE, library)
    assert status == 0, output
    header = (tmp_path / "build/compat/host.h").read_text()
    assert f"#define {macro} 1" not in header
    assert header.count("#define ME 1") + header.count(
        "#define USE_IKEV1 1") == 1
    left_out = re.search("left out .*", output)[0]
    assert ("ikev1-policy (no IKEv1 in this strongSwan)" in left_out) == (
        macro == "USE_IKEV1")


def test_ikev1_policy_needs_ikev1(tmp_path, configure):
    fake_host(tmp_path, "main_mode_create")
    status, output = configure(SOURCE, f"--with-ipseclibdir={tmp_path}",
                               "--enable-ikev1-policy")
    assert status != 0
    assert "the plugin ikev1-policy needs IKEv1 in this strongSwan" in output


def test_other_options(tmp_path, configure):
    """What is given doesn't fit the library that is there."""
    fake_host(tmp_path, "main_mode_create")
    status, output = configure(SOURCE, f"--with-ipseclibdir={tmp_path}",
                               "--with-ikev1=yes")
    assert status != 0
    assert re.search(r"--with-ikev1=yes, but for .*libcharon.so.0 that is no",
                     output)


def test_cross_build(tmp_path, configure):
    """Nothing of the host but its source: what a cross build gives."""
    status, output = configure(
        SOURCE, "--with-charon-version=5.9.8", "--with-mediation=no",
        "--with-ikev1=no", "--with-plugindir=/usr/lib/ipsec/plugins")
    assert status == 0, output
    header = (tmp_path / "build/compat/host.h").read_text()
    assert '#define VERSION "5.9.8"' in header
    assert "#define ME 1" not in header and "USE_IKEV1 1" not in header
    assert "control (no libvici)" in re.search("left out .*", output)[0]


OWN_CACHE = "--cache-file=/dev/null"
CROSS = [SOURCE, OWN_CACHE, "--build=i486-linux-gnu",
         "--host=x86_64-linux-gnu", "--with-charon-version=5.9.8"]


def test_staged_host(tmp_path, configure):
    """Programs look for libraries where they will be on the other machine."""
    fake_host(tmp_path, None)
    status, output = configure(*CROSS, f"--with-ipseclibdir={tmp_path}",
                               "--with-plugindir=/usr/lib/else/plugins")
    assert status == 0, output
    makefile = (tmp_path / "build/Makefile").read_text()
    assert re.search("^plugindir = /usr/lib/else/plugins$", makefile, re.M)
    assert set(re.findall("-rpath,([^ ]*)", makefile)) == {"/usr/lib/else"}


def test_staged_host_is_somewhere(tmp_path, configure):
    """Nothing is installed in a staging folder's path."""
    fake_host(tmp_path, None)
    status, output = configure(*CROSS, f"--with-ipseclibdir={tmp_path}")
    assert status != 0
    assert "name it with --with-plugindir" in output


def test_host_of_another_machine(tmp_path, configure):
    """What can't be asked hasn't answered that it has neither mediation nor
    IKEv1."""
    fake_host(tmp_path, None)
    library = tmp_path / "libcharon.so.0"
    image = bytearray(library.read_bytes())
    image[18:20] = b"\xf3\x00"     # e_machine: RISC-V
    library.write_bytes(image)
    status, output = configure(SOURCE, f"--with-ipseclibdir={tmp_path}")
    assert status != 0
    assert re.search(r"libcharon\.so\.0 can't be linked with, and isn't known "
                     "to have mediation and IKEv1, or not: is it for "
                     r"another machine\? See config\.log", output)


def test_libraries_of_another_machine(tmp_path, configure, monkeypatch):
    """pkg-config may know those that are for this one."""
    for name in ("libnftables", "libpcsclite", "libsystemd", "jansson",
                 "libmicrohttpd", "check"):
        (tmp_path / f"{name}.pc").write_text(
            f"Name: {name}\nDescription: of another machine\n"
            "Version: 999\nLibs: -lof-another-machine\n")
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    status, output = configure(SOURCE, OWN_CACHE)
    assert status == 0, output
    left_out = re.search("left out .*", output)[0]
    assert "filtermode (no libnftables)" in left_out
    assert "pcsc-token (no libpcsclite)" in left_out
    assert re.search("libsystemd +no ", output)
    assert re.search("jansson +no ", output)
    assert re.search("libmicrohttpd +no ", output)
    assert re.search("unit tests +no", output)


def test_disabled_plugin(configure):
    status, output = configure(SOURCE, "--disable-unique-policy")
    assert status == 0, output
    assert "unique-policy" not in re.search("plugins .*", output)[0]


def test_fetch_keeps_the_tree():
    """Source that is there already is left alone, and said so."""
    done = subprocess.run([TOP / "scripts/fetch-strongswan-source",
                           BUILD / "host"], text=True, check=True,
                          stdout=subprocess.PIPE)
    assert "already" in done.stdout
