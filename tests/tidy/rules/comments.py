# SPDX-License-Identifier: Apache-2.0
"""Licence lines, comments at the top of headers, and promises left in the code."""

import re

from rules.tree import Fault

SPDX = "SPDX-License-Identifier: Apache-2.0"
# Written in two halves so that this file does not break its own rule.
_PROMISE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
_ISSUE = re.compile(r"(?:#|\bissue )\d+")


def _check_promises(path, lines):
    for number, line in enumerate(lines, 1):
        if (match := _PROMISE.search(line)) and not _ISSUE.search(line):
            yield Fault(path, number, f"{match[0]} without an issue", "do it now, or file an issue and name its number")


def _check_header(path, lines):
    if "#pragma once" not in lines:
        yield Fault(path, 1, "no include guard", "write #pragma once after the file comment")
        return
    before = lines[: lines.index("#pragma once")]
    if not any(line.startswith("//") and len(line) > 3 and SPDX not in line for line in before):
        yield Fault(
            path, 1, "header without a file comment", "say before #pragma once what it is for, who owns it, which threads use it"
        )


def check(tree):
    for path in tree.sources():
        lines = tree.text(path).split("\n")
        if lines != [""] and not any(SPDX in line for line in lines[:3]):
            yield Fault(path, 1, "no licence line", f"write '{SPDX}' as a comment in the first line")
        yield from _check_promises(path, lines)
        if path.endswith(".h"):
            yield from _check_header(path, lines)
