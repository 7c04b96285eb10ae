# SPDX-License-Identifier: GPL-2.0-or-later
"""A daemon that plugins weren't built for isn't crashed: they say what differs
in one line each, and the daemon goes on without them."""

import re

import pytest

from lab import build, conns
from lab.shell import run

_PROBE = """
#include <compat.h>

METHOD(plugin_t, get_name, char*, plugin_t *this)
{
	return "probe";
}

METHOD(plugin_t, get_features, int, plugin_t *this,
	   plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_NOOP,
			PLUGIN_PROVIDE(CUSTOM, "probe"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void, plugin_t *this)
{
	free(this);
}

COMPAT_PLUGIN_DEFINE(probe, "probe")
{
	plugin_t *this;

	INIT(this,
		.get_name = _get_name,
		.get_features = _get_features,
		.destroy = _destroy,
	);
	return this;
}
"""


@pytest.fixture
def probe(lab, gw):
    """Function that starts a daemon with a plugin that does nothing, and was
    built for the host that a changed host.h describes."""
    def start(change=lambda header: header):
        header = lab.dir / "host.h"
        header.write_text(change((build.BUILD / "compat/host.h").read_text()))
        source = lab.dir / "probe.c"
        source.write_text(_PROBE)
        run("cc", "-shared", "-fPIC", "-fvisibility=hidden", "-D_GNU_SOURCE",
            "-include", header, "-isystem", build.SOURCE / "src/libstrongswan",
            "-I", build.REPOSITORY / "compat", source,
            build.REPOSITORY / "compat/host_check.c",
            "-o", lab.plugin_dir / "libstrongswan-probe.so")
        return gw.charon(conf={"plugins": {"probe": {"load": True}}})
    return start


def toggle(macro):
    """Define a macro in a header, or don't if it was defined."""
    def change(header):
        line = f"#define {macro} 1\n"
        if line in header:
            return header.replace(line, "")
        return header.replace("#define USE_IKEV2", f"{line}#define USE_IKEV2")
    return change


def unharmed(daemon, alice):
    """It still talks to its peers."""
    pair = conns.psk_ikev2(daemon.host.v4, alice.v4)
    client = alice.charon()
    daemon.load(pair[0])
    client.load(pair[1])
    client.vici.initiate(ike=next(iter(pair[1].connections)))


def test_right_host(probe):
    daemon = probe()
    assert "probe" in daemon.vici.request("stats")["plugins"]


@pytest.mark.parametrize("macro,feature", [
    ("ME", r"mediation \(ME\)"), ("USE_IKEV1", "IKEv1")])
def test_other_options(probe, alice, macro, feature):
    """strongSwan itself looks at versions only."""
    daemon = probe(toggle(macro))
    line = (rf"probe: built for a strongSwan (with|without) {feature}, this "
            r"daemon was built (with|without) it: not loading, rebuild the "
            "plugin against this daemon")
    daemon.log.expect(line)
    assert daemon.log.count("probe: ") == 1
    assert "probe" not in daemon.vici.request("stats")["plugins"]
    unharmed(daemon, alice)


def test_other_version(lab, gw, alice):
    """All of our plugins at once."""
    image = build.daemon().read_bytes()
    version = re.search(rb"strongSwan (\d+\.\d+\.\d+)", image).group(1)
    other = version[:-1] + (b"9" if version[-1:] != b"9" else b"8")
    path = lab.dir / "other-charon"
    # not in a path where its libraries are
    path.write_bytes(re.sub(rb"(?<![/\w.])%s(?![/\w.])" % re.escape(version),
                            other, image))
    path.chmod(0o755)
    daemon = gw.charon(plugins=list(build.plugins()),
                       wrapper=["sh", "-c", f"exec {path}"])
    for name in build.plugins():
        daemon.log.expect(
            f"{name}: built for strongSwan {version.decode()}, this daemon is "
            "another version")
        assert daemon.log.count(f"{name}: ") == 1
        assert name not in daemon.vici.request("stats")["plugins"]
    unharmed(daemon, alice)
