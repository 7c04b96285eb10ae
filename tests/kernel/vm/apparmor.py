# SPDX-License-Identifier: GPL-2.0-or-later
"""AppArmor's profile of charon, compiled for the guest.

shipped    as the distribution has it
completed  with what our packages add to it

Both also let charon use what only the laboratory has, in /tmp and /checkout.
"""

import re
import tempfile
from pathlib import Path

from lab import build, debs
from lab.shell import CommandError, run

WHERE = Path("/apparmor")
"""Where the guest has the compiled ones."""

PROFILE = Path("/etc/apparmor.d/usr.lib.ipsec.charon")
NAME = "/usr/lib/ipsec/charon"
_FRAGMENTS = build.REPOSITORY / "packaging/debian/apparmor"
_LABORATORY = """
/tmp/** rwk,
/checkout/build/** mr,
"""


def policies():
    """(name in the guest, content) of each; none where there is no profile or
    no compiler to be had."""
    try:
        root = debs.unpacked("apparmor")
        profile = PROFILE.read_text()
    except (build.BuildError, OSError):
        return
    features = root / "usr/share/apparmor-features/features"
    ours = "".join(path.read_text() for path in sorted(_FRAGMENTS.iterdir()))
    for name, more in {"shipped": "", "completed": ours}.items():
        text, count = re.subn(r"#?include <local/usr.lib.ipsec.charon>",
                              lambda _: _LABORATORY + more, profile)
        assert count == 1, f"{PROFILE} has no place for local rules"
        with tempfile.NamedTemporaryFile("w", suffix=".profile") as file:
            file.write(text)
            file.flush()
            try:
                # not text: read as bytes below
                with tempfile.NamedTemporaryFile() as compiled:
                    run(root / "sbin/apparmor_parser", "-QK", "--quiet",
                        "-o", compiled.name, "-b", root / "etc/apparmor.d",
                        "-I", root / "etc/apparmor.d",
                        "--config-file", "/dev/null",
                        "--policy-features", features,
                        "--kernel-features", features, file.name)
                    yield WHERE / name, Path(compiled.name).read_bytes()
            except CommandError as e:
                raise build.BuildError(f"apparmor_parser: {e}") from None
