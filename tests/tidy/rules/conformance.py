# SPDX-License-Identifier: Apache-2.0
"""docs/mqtt-conformance*.md: every normative statement of MQTT has its row, in order, and each row a
test that exists or a reason."""

import ast
import re

from rules.tree import Fault

# How many statements each section of a specification has (its appendix B). They are numbered from 1.
STATEMENTS = {
    "docs/mqtt-conformance.md": """
        1.5.3:3 2.2.2:2 2.3.1:7 3.1.0:2 3.1.2:24 3.1.3:11 3.1.4:5 3.2.0:1 3.2.2:6 3.3.1:12 3.3.2:3
        3.3.4:1 3.3.5:2 3.6.1:1 3.8.1:1 3.8.3:4 3.8.4:6 3.9.3:2 3.10.1:1 3.10.3:2 3.10.4:6 3.12.4:1
        3.14.1:1 3.14.4:3 4.1.0:2 4.3.1:1 4.3.2:2 4.3.3:2 4.4.0:1 4.5.0:2 4.6.0:6 4.7.1:3 4.7.2:1
        4.7.3:4 4.8.0:2 6.0.0:4 7.0.0:2 7.1.1:1 7.1.2:1""",
    "docs/mqtt-conformance-5.md": """
        1.5.4:3 1.5.5:1 1.5.7:1 2.1.3:1 2.2.1:6 2.2.2:1 3.1.0:2 3.1.2:30 3.1.3:12 3.1.4:6 3.2.0:2
        3.2.2:22 3.3.1:13 3.3.2:20 3.3.4:10 3.4.2:3 3.5.2:3 3.6.1:1 3.6.2:3 3.7.2:3 3.8.1:1 3.8.3:5
        3.8.4:8 3.9.2:2 3.9.3:2 3.10.1:1 3.10.3:2 3.10.4:6 3.11.2:2 3.11.3:2 3.12.4:1 3.14.0:1
        3.14.1:1 3.14.2:4 3.14.4:3 3.15.1:1 3.15.2:3 4.1.0:2 4.2.0:1 4.3.1:1 4.3.2:5 4.3.3:13 4.4.0:2
        4.5.0:2 4.6.0:6 4.7.0:1 4.7.1:2 4.7.2:1 4.7.3:4 4.8.2:6 4.9.0:3 4.12.0:7 4.12.1:2 4.13.1:1
        4.13.2:1 6.0.0:4""",
}
# MQTT 5 has no such statement.
ABSENT = {("docs/mqtt-conformance-5.md", "2.2.1-1")}

TESTS = "tests/service"
_ROW = re.compile(r"^\| MQTT-(\S+) \|([^|]*)\|([^|]*)\|$")
_TEST = re.compile(r"`([\w.]+)::(\w+)`")
_SHORTEST_REASON = 10


def _wanted(path):
    for section in STATEMENTS[path].split():
        name, count = section.split(":")
        for number in range(1, int(count) + 1):
            statement = f"{name}-{number}"
            if (path, statement) not in ABSENT:
                yield statement


def _check_order(path, found):
    """`found`: (line, statement)s as they stand."""
    wanted = list(_wanted(path))
    for statement in wanted:
        lines = [line for line, its in found if its == statement]
        if not lines:
            yield Fault(path, 1, f"MQTT-{statement} is missing", "give it a row")
        for line in lines[1:]:
            yield Fault(path, line, f"MQTT-{statement} stands in two rows", "leave one")
    for line, statement in found:
        if statement not in wanted:
            yield Fault(path, line, f"the specification has no MQTT-{statement}", "remove the row")
    order = [statement for _, statement in found if statement in wanted]
    if sorted(order, key=wanted.index) != order:
        yield Fault(path, 1, "rows are not in the specification's order", "sort them")


def _tests_of(tree, name):
    """Names of the tests of a file; None when there is no such file."""
    path = f"{TESTS}/{name}" if name.endswith(".py") else f"{TESTS}/test_mqtt_conformance_{name}.py"
    if path not in tree.files:
        return None
    try:
        body = ast.parse(tree.text(path)).body
    except SyntaxError:  # rules/lengths.py says so
        return set()
    return {one.name for one in body if isinstance(one, ast.FunctionDef)}


def _check_row(tree, path, line, shown_by):
    named = _TEST.findall(shown_by)
    if not named and len(shown_by.strip()) < _SHORTEST_REASON:
        yield Fault(path, line, "neither a test nor a reason", "name a `file::test`, or say why there is none")
    for file, test in named:
        if test not in (_tests_of(tree, file) or ()):
            yield Fault(path, line, f"there is no test {file}::{test}", "name one that exists")


def check(tree):
    for path in STATEMENTS:
        if path not in tree.files:
            continue
        found = []
        for line, text in enumerate(tree.text(path).split("\n"), 1):
            row = _ROW.match(text)
            if row:
                found.append((line, row[1]))
                yield from _check_row(tree, path, line, row[3])
            elif text.startswith("| MQTT-"):
                yield Fault(path, line, "a row that is no row", "have three cells")
        yield from _check_order(path, found)
