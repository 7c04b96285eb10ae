# SPDX-License-Identifier: GPL-2.0-or-later
"""hello in a real daemon, with what control shows of it."""

import json


def test_hello(gw):
    server = gw.charon(plugins={"control": {}, "hello": {"greeting": "hi"}})
    server.log.expect("hello: hi$")
    assert "hello: greeting hi, letters 2" in (
        server.swanadv("status").stdout.splitlines())
    status = json.loads(server.swanadv("--json", "status").stdout)
    assert status["plugins"]["hello"]["letters"] == 2
