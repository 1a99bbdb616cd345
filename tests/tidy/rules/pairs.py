# SPDX-License-Identifier: Apache-2.0
"""x.cpp has x_test.cpp or x_itest.cpp beside it, or a reason why not in untested.txt."""

import fnmatch

from rules.tree import Fault

LIST = "tests/tidy/untested.txt"
_TEST_KINDS = ("_test.cpp", "_itest.cpp", "_bench.cpp", "_fuzz.cpp")


def _exemptions(tree):
    """(line number, pattern, reason) of each line of the list."""
    if LIST not in tree.files:
        return
    for number, line in enumerate(tree.text(LIST).split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            pattern, _, reason = line.partition(" ")
            yield number, pattern, reason.strip()


def _untested(tree):
    files = set(tree.files)
    for path in tree.files:
        if path.startswith("services/") and path.endswith(".cpp") and not path.endswith(_TEST_KINDS):
            stem = path.removesuffix(".cpp")
            if not {f"{stem}_test.cpp", f"{stem}_itest.cpp"} & files:
                yield path


def check(tree):
    exemptions = list(_exemptions(tree))
    untested = list(_untested(tree))
    for path in untested:
        if not any(fnmatch.fnmatchcase(path, pattern) for _, pattern, _ in exemptions):
            stem = path.rsplit("/", 1)[-1].removesuffix(".cpp")
            yield Fault(path, 1, "no test beside it", f"write {stem}_test.cpp, or its reason into {LIST}")
    for number, pattern, reason in exemptions:
        if not reason:
            yield Fault(LIST, number, f"{pattern} without a reason", "say what tests it instead")
        if not fnmatch.filter(untested, pattern):
            yield Fault(LIST, number, f"{pattern} names no untested file", "remove the line")
