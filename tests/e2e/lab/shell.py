# SPDX-License-Identifier: GPL-2.0-or-later
"""Running a command so that its failure explains itself."""

import shlex
import subprocess


class CommandError(RuntimeError):
    """A command failed; the text has the command and what it printed."""


def run(*cmd, stdin=None, check=True, env=None):
    """Run a command and return its CompletedProcess, output as text."""
    cmd = [str(arg) for arg in cmd]
    done = subprocess.run(cmd, input=stdin, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        text = f"{shlex.join(cmd)}: exit {done.returncode}\n{done.stdout}"
        if stdin:
            text += f"stdin was:\n{stdin}"
        raise CommandError(text)
    return done
