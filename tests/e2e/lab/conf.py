# SPDX-License-Identifier: GPL-2.0-or-later
"""strongswan.conf from nested dicts, quoted as its scanner wants it."""

import re

_NAME = re.compile(r'[^#{}:.,="\r\n\t ]+')
_ESCAPES = str.maketrans({"\\": r"\\", '"': r'\"', "\n": r"\n",
                          "\r": r"\r", "\t": r"\t"})


def scalar(value):
    """A value as strongSwan spells it: yes/no, "a, b", or plain text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(scalar, value))
    return str(value)


def dumps(tree, level=0):
    """Text of a dict; None makes a key without a value."""
    indent = "\t" * level
    text = ""
    for key, value in tree.items():
        if not _NAME.fullmatch(key):
            raise ValueError(f"{key!r} can't be a strongswan.conf name")
        if isinstance(value, dict):
            text += f"{indent}{key} {{\n{dumps(value, level + 1)}{indent}}}\n"
        elif value is None:
            text += f"{indent}{key} =\n"
        else:
            quoted = scalar(value).translate(_ESCAPES)
            text += f'{indent}{key} = "{quoted}"\n'
    return text


def merge(base, *others):
    """A new dict with later ones laid over base, section by section."""
    merged = dict(base)
    for other in others:
        for key, value in other.items():
            if isinstance(value, dict) and isinstance(merged.get(key), dict):
                value = merge(merged[key], value)
            merged[key] = value
    return merged
