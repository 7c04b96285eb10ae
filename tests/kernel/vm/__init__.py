# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine that runs tests on a kernel of its own."""


class Unavailable(Exception):
    """This machine can't boot one; the text says why."""
