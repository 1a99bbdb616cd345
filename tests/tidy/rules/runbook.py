# SPDX-License-Identifier: Apache-2.0
"""docs/operations.md: whoever follows it at night finds the metrics and log events it names."""

import re

from rules.tree import Fault

RUNBOOK = "docs/operations.md"
_METRIC = re.compile(r"\bmillrace_[a-z0-9_]+")
_EVENT = re.compile(r'`"([^"`]+)"`')


def _literals(tree):
    """Every string of the programs, without their tests."""
    found = set()
    for path in tree.cpp():
        if path.startswith("services/") and not path.endswith(("_test.cpp", "_itest.cpp")):
            found.update(re.findall(r'"([^"\n]*)"', tree.text(path)))
    return found


def check(tree):
    if RUNBOOK not in tree.files:
        return
    literals = _literals(tree)
    for number, line in enumerate(tree.text(RUNBOOK).split("\n"), 1):
        for what, pattern in (("metric", _METRIC), ("log event", _EVENT)):
            for name in pattern.findall(line):
                if name not in literals:
                    yield Fault(
                        RUNBOOK, number, f"no program has the {what} {name}", "name one that exists"
                    )
