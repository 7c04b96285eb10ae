# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition instead of sleeping.

CHARON_ADVANCED_SLACK   factor for all time limits, where machines are slow
"""

import os
import time

_SLACK = float(os.environ.get("CHARON_ADVANCED_SLACK", 1))

# a limit that is reached is a failure, so a long one costs nothing; on a
# machine with other work things take several times as long
_BUSY = 4


def slowly(seconds):
    """A time that will pass, as this machine needs it."""
    return seconds * _SLACK


def patience(seconds):
    """A time limit that isn't to be reached, as this machine needs it."""
    return seconds * _SLACK * _BUSY


class Timeout(AssertionError):
    """What a test waited for did not happen in time."""


def wait_until(fn, timeout=5, message="condition", interval=0.02):
    """Call fn until it returns something true, and return that.

    message says what is missing when the time is up; a callable is evaluated
    only then, so that it can describe the last state.
    """
    timeout = patience(timeout)
    deadline = time.monotonic() + timeout
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() >= deadline:
            text = message() if callable(message) else message
            raise Timeout(f"not within {timeout} s: {text}")
        # where things are slow, so is to look
        time.sleep(slowly(interval))
