# SPDX-License-Identifier: GPL-2.0-or-later
"""swanadv setting: what there is to set, and what the files say of it."""

import json
import os
import re
import subprocess

import pytest

from lab import build

PLUGIN = "charon.plugins.unique-policy."


def setting(root, *args, status=0):
    """Its stdout and stderr, about root/strongswan.conf."""
    done = subprocess.run(
        [build.swanadv(), *args], text=True, timeout=20, capture_output=True,
        env=os.environ | {"STRONGSWAN_CONF": str(root / "strongswan.conf")})
    assert done.returncode == status, (done.stdout, done.stderr)
    return (done.stdout.replace(f"{root}/", ""),
            done.stderr.replace(f"{root}/", ""))


def nest(path, line):
    """A line in the section of a path, all of it on one line."""
    for name in reversed(path.split(".")):
        line = f"{name} {{ {line} \n}}"
    return line + "\n"


def items(root, *args):
    """What --json has of each, by key; each is there once."""
    found = json.loads(setting(root, "--json", "setting", *args)[0])["items"]
    keys = [item["key"] for item in found]
    assert len(keys) == len(set(keys))
    return {item["key"]: item for item in found}


@pytest.fixture
def conf(tmp_path):
    """Write files, {name: text}; that of strongswan.conf is text alone."""
    def write(text="", **files):
        (tmp_path / "strongswan.conf").write_text(text)
        for name, content in files.items():
            (tmp_path / f"{name}.conf").write_text(content)
        return tmp_path
    return write


def opt_keys(path):
    """Options in an .opt file, without sections."""
    return set(re.findall(r"^(charon\.[^\s{]+)(?! *\{)(?: .*[^}])?$",
                          re.sub(r"^.*\{.*$", "", path.read_text(),
                                 flags=re.M), re.M))


@pytest.mark.parametrize("path", sorted(
    build.REPOSITORY.glob("plugins/*/*.opt")), ids=lambda path: path.stem)
def test_all_options(conf, path):
    """Each option of the man page is listed, with its help, and no other."""
    if path.stem not in build.plugins():
        build.need_ikev1()
    found = items(conf(), "list", f"charon.plugins.{path.stem}.*")
    assert {key for key, item in found.items()
            if item["type"] != "sections"} == opt_keys(path)
    for key, item in found.items():
        assert item["owner"] == path.stem and item["help"], key
        assert not re.search(r'(^|[ (])_|\*\*|\t|\n', item["help"]), key
        assert "value" not in item and "where" not in item, key


def test_page(conf):
    """Charon's own settings of doc/settings.md that strongswan.conf has."""
    found = items(conf())
    for key in re.findall(r"^\|[^|]*\| `(charon\.(?!plugins)[\w.]+)` \|",
                          (build.REPOSITORY / "doc/settings.md").read_text(),
                          re.M):
        assert found[key]["owner"] == "charon" and found[key]["help"], key
        assert found[key]["plugin-loaded"], key
    assert "charon.filelog.<name>.ike" in found
    assert "charon.syslog.<name>.ike" in found
    assert "charon-systemd.journal.ike" in found
    assert found["charon.port"]["default"] == "500"
    assert found["charon.filelog.<name>.default"]["default"] == "1"
    assert "default" not in found["charon.filelog.<name>.ike"]


@pytest.mark.parametrize("folder", ["swanctl", "elsewhere"])
def test_swanctl_conf(conf, monkeypatch, folder):
    """Charon's settings of the page that are in connections."""
    root = conf()
    monkeypatch.delenv("SWANCTL_DIR", raising=False)
    page = {"connections.<name>.unique": "no",
            "connections.<name>.children.<name>.ipcomp": "no",
            "connections.<name>.remote<suffix>.revocation": "relaxed",
            "connections.<name>.remote_port": "500",
            "connections.<name>.local_port": "500"}
    found = items(root, "list", "connections.*")
    assert {key: item["default"] for key, item in found.items()} == page
    assert all(item["help"] for item in found.values())
    (root / folder).mkdir()
    if folder != "swanctl":
        monkeypatch.setenv("SWANCTL_DIR", str(root / folder))
    name = f"{folder}/swanctl.conf"
    path = root / name
    path.write_text("connections {\n\ta {\n\t\tunique = keep\n"
                    "\t\tremote-eap {\n\t\t\trevocation = strict\n\t\t}\n"
                    "\t\tchildren {\n\t\t\tb {\n\t\t\t\tipcomp = yes\n"
                    "\t\t\t}\n\t\t}\n\t}\n}\n")
    found = items(root, "list", "connections.*")
    assert found.keys() > page.keys()
    assert {key: (item["value"], item["where"]) for key, item in found.items()
            if "value" in item} == {
                "connections.a.unique": ("keep", f"{name}:3"),
                "connections.a.remote-eap.revocation": ("strict", f"{name}:5"),
                "connections.a.children.b.ipcomp": ("yes", f"{name}:9")}
    path.write_text("connections {\n")
    assert setting(root, "setting", status=1) == (
        "", f"swanadv: {name}: charon can't read all of it, "
        "see swanadv check\n")


def test_what_a_form_needs(conf):
    found = items(conf(), "list", PLUGIN + "*")
    mode = found[PLUGIN + "mode"]
    assert (mode["type"], mode["default"]) == ("choice", "replace")
    assert mode["choices"] == ["never", "no", "replace", "keep"]
    assert mode["expected"] == "one of never, no, replace, keep"
    assert mode["plugin-loaded"] is False
    limit = found[PLUGIN + "limit"]
    assert (limit["type"], limit["min"], limit["max"]) == ("integer", 1, 65535)
    assert found[PLUGIN + "rules"]["type"] == "sections"
    assert found[PLUGIN + "rules.<name>.ids"]["type"] == "patterns"
    assert found[PLUGIN + "load"]["default"] == "no"


def test_value_and_where(conf):
    """What wins is shown, in whatever file, also in a section of any name."""
    root = conf("charon {\n\tload_modular = yes\n\tport = 501\n"
                "\tplugins {\n\t\tunique-policy {\n\t\t\tload = yes\n"
                "\t\t\tmode = keep\n\t\t}\n\t}\n}\ninclude late.conf\n",
                late="charon {\n\tport = 502\n\tplugins {\n"
                     "\t\tunique-policy {\n\t\t\tmode = never\n"
                     '\t\t\trules {\n\t\t\t\ta {\n\t\t\t\t\tids = "x, #y"\n'
                     "\t\t\t\t}\n\t\t\t}\n\t\t}\n\t}\n}\n")
    found = items(root)
    get = lambda key: (found[key].get("value"), found[key].get(
        "where", ""))
    assert get("charon.port") == ("502", "late.conf:2")
    assert get(PLUGIN + "mode") == ("never", "late.conf:5")
    assert get(PLUGIN + "load") == ("yes", "strongswan.conf:6")
    assert get(PLUGIN + "rules.a.ids") == ("x, #y", "late.conf:8")
    assert get(PLUGIN + "limit") == (None, "")
    assert get(PLUGIN + "rules.<name>.ids") == (None, "")
    assert found[PLUGIN + "mode"]["plugin-loaded"] is True
    assert found["charon.plugins.bypass.lan"]["plugin-loaded"] is False
    lines = setting(root, "setting", "list", PLUGIN + "mode")[0].splitlines()
    assert [line.split() for line in lines] == [
        ["key", "value", "default", "where"],
        [PLUGIN + "mode", "never", "replace", "late.conf:5"]]


def test_charon_systemd(conf):
    """Its own sections win over charon's, to which they fall back."""
    found = items(conf("charon {\n\tport = 501\n\tport_nat_t = 4501\n}\n"
                       "charon-systemd {\n\tport = 502\n\tjournal {\n"
                       "\t\tike = 2\n\t}\n}\n"))
    assert found["charon.port"]["value"] == "502"
    assert found["charon.port"]["where"].endswith(":6")
    assert found["charon.port_nat_t"]["value"] == "4501"
    assert found["charon.port_nat_t"]["where"].endswith(":3")
    assert found["charon-systemd.journal.ike"]["value"] == "2"


@pytest.mark.parametrize("args", [
    ["setting"], ["-v", "setting", "list"], ["--json", "setting"]])
def test_secret(conf, args):
    """It is nowhere, only where it is."""
    root = conf(nest("charon.plugins.pcsc-token.tokens.t", "pin = 47114711"))
    out, err = setting(root, *args)
    assert "47114711" not in out + err
    assert "pcsc-token.tokens.t.pin" in out and "strongswan.conf:1" in out


def test_pattern(conf):
    root = conf()
    assert set(items(root, "list", "charon.port*")) == {
        "charon.port", "charon.port_nat_t"}
    assert set(items(root, "list", "PORT_NAT")) == {"charon.port_nat_t"}
    assert setting(root, "setting", "list", "nothing", status=1) == (
        "", "swanadv: 'nothing': expected a key, a part of one, or a "
        "pattern\n")
    assert "is one too many" in setting(root, "setting", "list", "a", "b",
                                        status=2)[1]


def test_hostile_values(conf):
    """Nothing of a value reaches the terminal or breaks JSON."""
    root = conf(nest("charon", 'interfaces_use = "a\x1b[31m\\n\\"}, b"'))
    assert items(root)["charon.interfaces_use"]["value"] == 'a\x1b[31m\n"}, b'
    out, _ = setting(root, "setting", "list", "interfaces_use")
    assert "\x1b" not in out and len(out.splitlines()) == 2


@pytest.mark.parametrize("length", [100, 470, 480, 2000])
def test_long_names(conf, length):
    """No key is cut, or there twice; charon reads none of long ones."""
    root = conf(nest(f"{PLUGIN}rules.{'n' * length}", "ids = a"))
    found = items(root, "list", f"{PLUGIN}rules*")
    assert (f"{PLUGIN}rules.{'n' * length}.ids" in found) == (length < 480)
    assert all(key.rpartition(".")[2] in (
        "rules", "connections", "ids", "groups", "mode", "limit", "evict",
        "keep_timeout") for key in found)


@pytest.mark.parametrize("text", ["charon {\n\tport = 501\n",
                                  "charon {\n\tport 501 }\n",
                                  "charon : charon.x {\n}\n"])
def test_unreadable(conf, text):
    """What charon wouldn't take isn't shown as if it did."""
    out, err = setting(conf(text), "setting", status=1)
    assert out == "" and err == ("swanadv: strongswan.conf: charon can't read "
                                 "all of it, see swanadv check\n")


def test_missing_file(tmp_path):
    out, err = setting(tmp_path, "setting", status=1)
    assert out == "" and "can't read" in err


def test_charon_has_it(gw, lab):
    """What is listed as what wins is what charon does, after a reload."""
    late = lab.dir / "late.conf"

    def write(mode):
        late.write_text("charon {\n\tplugins {\n\t\tunique-policy {\n"
                        f"\t\t\tmode = {mode}\n\t\t}}\n\t}}\n}}\n")

    def listed():
        out = subprocess.run(
            [build.swanadv(), "--json", "setting", "list", PLUGIN + "mode"],
            text=True, timeout=20, capture_output=True, check=True,
            env=os.environ | {"STRONGSWAN_CONF": str(daemon._file("conf"))})
        item, = json.loads(out.stdout)["items"]
        assert item["where"] == f"{late}:4"
        return item["value"]

    write("never")
    daemon = gw.charon(plugins={"control": {}, "unique-policy": {
        "mode": "keep"}}, conf=f"include {late}\n")
    assert listed() == "never"
    assert "mode never" in daemon.swanadv("status").stdout
    write("no")
    assert listed() == "no"
    assert "mode never" in daemon.swanadv("status").stdout
    daemon.swanadv("reload")
    assert "mode no" in daemon.swanadv("status").stdout
