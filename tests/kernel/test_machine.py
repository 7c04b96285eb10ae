# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that doesn't end as it should is a failure, whatever it reported
before. Commands stand in for guests here."""

import json

import pytest

from lab import build
from vm.machine import Died, Machine
from vm.runner import Runner


@pytest.fixture
def machine(tmp_path):
    """Function that starts a Machine which is a shell script."""
    machines = []
    console = tmp_path / "console.log"
    console.write_text("Kernel panic - not syncing\n")

    def start(script, **options):
        machine = Machine(["sh", "-c", script], console, **options)
        machines.append(machine)
        return machine

    yield start
    for machine in machines:
        machine.stop()


def test_end_marker(machine):
    messages = machine("echo '{\"a\": 1}'; echo '{\"exit\": 0}'").messages()
    assert list(messages) == [{"a": 1}, {"exit": 0}]


@pytest.mark.parametrize("script,why", [
    ("echo '{\"a\": 1}'", "ended without its end marker"),
    ("echo '{\"a\": 1}'; echo nonsense; sleep 60", "said b'nonsense'"),
    ("echo '{\"a\": 1}'; exec sleep 60", "was silent for 0.5 s"),
])
def test_death(machine, script, why):
    messages = machine(script, silence=0.5).messages()
    assert next(messages) == {"a": 1}
    with pytest.raises(Died, match=f"(?s){why}.*Kernel panic"):
        next(messages)


@pytest.mark.parametrize("last,why", [
    ({"exit": 3}, "ended with status 3"),
    (None, "ended without its end marker"),
])
def test_reports(request, machine, last, why):
    """A test passes as long as the guest ends as it should."""
    config = request.config
    path = request.path.relative_to(build.REPOSITORY)

    def outcomes(last):
        report = pytest.TestReport(
            f"{path}::{request.node.name}", request.node.location, {},
            "passed", None, "teardown")
        data = config.hook.pytest_report_to_serializable(
            config=config, report=report)
        lines = "\n".join(json.dumps(x) for x in [data, last] if x)
        runner = Runner(config, [request.node],
                        lambda *_: machine(f"cat <<'EOF'\n{lines}\nEOF\n"))
        runner.boot()
        return runner.reports(request.node)

    good, = outcomes({"exit": 0})
    assert good.passed and good.nodeid == request.node.nodeid
    assert outcomes({"exit": 1})[-1].passed
    _, bad = outcomes(last)
    assert bad.failed and why in bad.longreprtext
