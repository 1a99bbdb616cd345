# SPDX-License-Identifier: Apache-2.0
"""Variables of the compose files: .env.example has each, with the default that is in force, and no other."""

import re

from rules.tree import Fault

EXAMPLE = ".env.example"
_USED = re.compile(r"\$\{(MILLRACE_[A-Z0-9_]+)(?:(:-|:\?)([^{}]*))?\}")
_DOCUMENTED = re.compile(r"^#?(MILLRACE_[A-Z0-9_]+)=(.*)$")


def _compose_files(tree):
    return [
        path
        for path in tree.ending_in(".yaml")
        if path == "compose.yaml" or path.startswith("deploy/compose/")
    ]


def _documented(tree):
    """{name: (line, default)}"""
    found = {}
    for number, line in enumerate(tree.text(EXAMPLE).split("\n"), 1):
        if match := _DOCUMENTED.match(line):
            found[match[1]] = (number, match[2])
    return found


def check(tree):
    files = _compose_files(tree)
    if not files:
        return
    if EXAMPLE not in tree.files:
        yield Fault(EXAMPLE, 1, "missing", "write every variable of the compose files into it, with its default")
        return
    documented = _documented(tree)
    used = set()
    for path in files:
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            for name, kind, default in _USED.findall(line):
                used.add(name)
                if name not in documented:
                    yield Fault(path, number, f"{EXAMPLE} has no {name}", "describe it there, with its default")
                elif kind == ":-" and documented[name][1] != default:
                    yield Fault(
                        path,
                        number,
                        f"the default of {name} is {default}, in {EXAMPLE} {documented[name][1]}",
                        "make them the same",
                    )
    for name, (number, _) in documented.items():
        if name not in used:
            yield Fault(EXAMPLE, number, f"no compose file uses {name}", "remove it")
