# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for a condition instead of sleeping."""

import time


class Timeout(AssertionError):
    """What a test waited for did not happen in time."""


def wait_until(fn, timeout=5, message="condition", interval=0.02):
    """Call fn until it returns something true, and return that.

    message says what is missing when the time is up; a callable is evaluated
    only then, so that it can describe the last state.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() >= deadline:
            text = message() if callable(message) else message
            raise Timeout(f"not within {timeout} s: {text}")
        time.sleep(interval)
