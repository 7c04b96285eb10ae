# SPDX-License-Identifier: GPL-2.0-or-later
"""The page: conf/advanced.conf and doc/settings.md say what is so, and the
tests that doc/security.md names exist.

Both have to know each plugin in plugins/, so a new one fails here until it is
on them.
"""

import re

import pytest

from lab import build

PAGE = build.REPOSITORY / "conf/advanced.conf"
TABLE = build.REPOSITORY / "doc/settings.md"
SECURITY = build.REPOSITORY / "doc/security.md"
PLUGINS = sorted(path.name for path in (build.REPOSITORY / "plugins").iterdir()
                 if path.is_dir())

# a key or section that is commented out; prose never looks like that
SETTING = re.compile(r"(\t*)# ([\w-]+)( = .*| \{)")
# what another version of strongSwan has another default for
CHANGED = {"charon.make_before_break": {"no", "yes"}}
OPTION = re.compile(r"([\w<>.*-]+)(?: :?= ?(.*)| \{.*\})?$")


# --- the page ----------------------------------------------------------------

def units(text):
    """The (first, last) lines of each setting, which for a section is the one
    with its closing brace."""
    found, start, depth = [], None, 0
    for number, line in enumerate(text.splitlines()):
        if start is None:
            if not SETTING.fullmatch(line):
                continue
            start = number
        depth += line.count("{") - line.count("}")
        if not depth:
            found.append((start, number))
            start = None
    assert start is None, "a section isn't closed"
    return found


def uncomment(text, *units):
    """The text with settings uncommented."""
    lines = text.splitlines(keepends=True)
    for first, last in units:
        for number in range(first, last + 1):
            lines[number] = re.sub(r"^(\t*)# ", r"\1", lines[number])
    return "".join(lines)


def keys(text):
    """{full key: value} of what isn't commented out; None for sections."""
    found, path = {}, []
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line == "}":
            path.pop()
        elif line.endswith(" {"):
            path.append(line[:-2])
            found[".".join(path)] = None
        else:
            key, _, value = line.partition(" = ")
            found[".".join([*path, key])] = value
    assert not path
    return found


def page():
    """The page's text, and {key: value} of each of its settings."""
    text = PAGE.read_text()
    return text, keys(uncomment(text, *units(text)))


# --- options, as they are described ------------------------------------------

def options(path):
    """{key: default or None} of a file of option descriptions."""
    found = {}
    for line in path.read_text().splitlines():
        match = OPTION.match(line)
        if match and line[0] not in "\t #" and "." in match.group(1):
            found[match.group(1)] = match.group(2) or None
    return found


def of_plugin(name):
    return options(build.REPOSITORY / f"plugins/{name}/{name}.opt")


def of_charon():
    """Options of the host's own, in strongswan.conf and swanctl.conf."""
    found = options(build.SOURCE / "src/swanctl/swanctl.opt")
    for path in sorted((build.SOURCE / "conf").glob("*/*.opt")):
        found |= options(path)
    # stands for any plugin
    return found | {"charon.plugins.<name>.load": None}


def lookup(key, known):
    """The option that a key is of: <...> in the latter stands for any name.
    None if there is none."""
    for option in known:
        pattern = re.sub(r"<[^>]*>", "[^.]+", option.replace(".", r"\."))
        if re.fullmatch(pattern, key) or option == key:
            return option
    return None


def check_default(key, value, default):
    """A key's value is what this host has as its default, or another one."""
    assert value in CHANGED.get(key, {default}), key


def is_section(key, known):
    return any(option.startswith(f"{key}.") for option in known)


def everything():
    known = of_charon()
    for plugin in PLUGINS:
        known |= of_plugin(plugin)
    return known


@pytest.mark.parametrize("plugin", PLUGINS)
def test_page_has_each_option(plugin):
    """All options of a plugin but those of rules, which are examples."""
    prefix = f"charon.plugins.{plugin}."
    wanted = {key for key in of_plugin(plugin) if "<" not in key}
    found = {key for key in page()[1] if key.startswith(prefix)}
    assert wanted <= found
    for section in {key.split(".<")[0] for key in of_plugin(plugin)
                    if "<" in key}:
        assert any(key.startswith(f"{section}.") for key in found), section


def test_page_has_options_only():
    """Of ours or the host's, and with their defaults."""
    known = everything()
    text, found = page()
    for key, value in found.items():
        assert lookup(key, known) or is_section(key, known) or (
            value is None), key
    # what is in sections that are commented out as a whole are examples
    lines = [unit for unit in units(text) if unit[0] == unit[1]]
    for key, value in keys(uncomment(text, *lines)).items():
        option = lookup(key, known)
        if option and known[option] and not key.endswith(".load"):
            check_default(key, value, known[option])


def test_page_is_in_comments():
    """As it is, it sets nothing."""
    assert not [key for key, value in keys(PAGE.read_text()).items() if value]


# --- in a daemon -------------------------------------------------------------

# what the plugins don't load without
MINIMAL = {"strict-bind": {"interfaces": "eth0"}}
BAD = "keeping the previous settings|not loading|failed to load"


def test_page_loads(gw, lab):
    """Included as it is, no plugin of ours is loaded, and nothing wrong."""
    daemon = gw.charon(conf=f"include {PAGE}\n")
    assert not set(daemon.vici.stats()["plugins"]) & set(PLUGINS)
    assert not daemon.log.count(BAD)


def test_each_setting_loads(gw, lab):
    """Any setting uncommented, with the plugins loaded."""
    text, _ = page()
    included = lab.dir / "advanced.conf"
    included.write_text(text)
    built = build.plugins()
    daemon = gw.charon(
        plugins={name: MINIMAL.get(name, {}) for name in built},
        without=["socket-default"], conf=f"include {included}\n")
    assert set(built) <= set(daemon.vici.stats()["plugins"])

    def reload(changed):
        mark = daemon.log.mark()
        included.write_text(changed)
        daemon.vici.reload_settings()
        return daemon.log.matches(BAD, mark)

    # what takes a restart is in test_control_readonly.py
    lines = text.splitlines()
    for unit in units(text):
        if "readonly_group" in lines[unit[0]]:
            continue
        bad = reload(uncomment(text, unit))
        assert not bad, bad[0].string
    # and one that is wrong would be found
    assert reload(text.replace("# mode = replace", "mode = replaced"))


def test_all_plugins_load_from_the_page(gw, lab):
    """Their load lines, and nothing else but what they ask for."""
    text, _ = page()
    wanted = [unit for unit in units(text) if re.search(
        r"load = (yes|no)|# auto = no", text.splitlines()[unit[0]])]
    included = lab.dir / "advanced.conf"
    included.write_text(uncomment(text, *wanted).replace("auto = no",
                                                         "auto = yes"))
    daemon = gw.charon(conf=f"include {included}\n")
    loaded = daemon.vici.stats()["plugins"]
    assert set(build.plugins()) <= set(loaded)
    assert "socket-default" not in loaded
    bad = [match.string for match in daemon.log.matches(BAD)]
    # charon says it of what isn't there
    assert not [line for line in bad if build.has_ikev1() or
                "plugin 'ikev1-policy': failed to load" not in line]


# --- the table ---------------------------------------------------------------

def rows():
    """The cells of each row of doc/settings.md."""
    lines = [line for line in TABLE.read_text().splitlines()
             if line.startswith("| ")]
    found = [[cell.strip() for cell in line.strip("|").split(" | ")]
             for line in lines]
    assert found[0] == ["setting", "key", "default", "provided by",
                        "proven by"]
    return found[1:]


def quoted(cell):
    """What is in backquotes."""
    return re.findall("`([^`]+)`", cell)


def check_test(test):
    """A test that a document names has to exist."""
    path, name = test.split("::")
    path = build.REPOSITORY / path
    if not path.parent.exists():
        pytest.skip(f"there is no {path.parent.name} tier")
    text = path.read_text()
    assert re.search(rf"^(def {name}\(|START_TEST\({name}\))", text, re.M) or \
        name == "test_invalid" and "SETTINGS_TESTS(" in text


def test_table_has_keys_that_exist():
    known = everything()
    for _, key, default, provider, _ in rows():
        key, = quoted(key)
        assert key in known or is_section(key, known), key
        if known.get(key) and not known[key].startswith("<"):
            check_default(key, default.split()[0], known[key])
        match = re.match(r"charon\.plugins\.([\w-]+)\.", key)
        assert match is None or provider == match.group(1)


def test_table_has_tests():
    assert all(quoted(row[-1]) for row in rows())


@pytest.mark.parametrize("test", sorted({
    test for row in rows() for test in quoted(row[-1])}))
def test_table_has_tests_that_exist(test):
    check_test(test)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_table_has_each_plugin(plugin):
    keys = [quoted(row[1])[0] for row in rows()]
    assert any(key.startswith(f"charon.plugins.{plugin}.") for key in keys)


def test_table_has_settings_of_charon():
    """Each that is on the page, outside of sections that are examples."""
    known = of_charon()
    listed = {quoted(row[1])[0] for row in rows()}
    for key, value in page()[1].items():
        if re.fullmatch(r"charon\.\w+", key) and value is not None:
            assert lookup(key, known) in listed


# --- the threats -------------------------------------------------------------

def threats():
    """The cells of each row of doc/security.md's table of threats."""
    lines = SECURITY.read_text().split("## What isn't stopped")[0].splitlines()
    found = [[cell.strip() for cell in line.strip("|").split(" | ")]
             for line in lines if line.startswith("| ")]
    assert found[0][-1] == "proven by"
    return found[1:]


def test_threats_have_tests():
    assert threats()
    assert all(len(row) == 5 and quoted(row[-1]) for row in threats())


@pytest.mark.parametrize("test", sorted({
    test for row in threats() for test in quoted(row[-1])}))
def test_threats_have_tests_that_exist(test):
    check_test(test)
