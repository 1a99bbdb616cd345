# SPDX-License-Identifier: Apache-2.0
"""What is taken from npm: exact versions, by hash, from whichever registry the machine has."""

import json
import pathlib
import re

from rules.tree import Fault

_EXACT = re.compile(r"^\d+\.\d+\.\d+(?:-[\w.]+)?$")


def _line_of(text, word):
    return text[: text.find(word)].count("\n") + 1


def _check_versions(tree, path):
    text = tree.text(path)
    wanted = json.loads(text)
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, version in wanted.get(kind, {}).items():
            if not _EXACT.match(version):
                line = _line_of(text, f'"{name}"')
                yield Fault(path, line, f"{name} is {version}", "give the one version that was tested")


def _check_lock(tree, path):
    text = tree.text(path)
    for name, package in json.loads(text)["packages"].items():
        if name and "integrity" not in package:
            yield Fault(path, _line_of(text, f'"{name}"'), f"{name} has no hash", "make the lock file anew")
        if "resolved" in package:
            instead = "npm install --package-lock-only --omit-lockfile-registry-resolved"
            yield Fault(path, _line_of(text, f'"{name}"'), f"{name} names a registry's host", instead)


def check(tree):
    for path in tree.files:
        file = pathlib.PurePosixPath(path)
        try:
            if file.name == "package.json":
                yield from _check_versions(tree, path)
                if str(file.with_name("package-lock.json")) not in tree.files:
                    yield Fault(path, 1, "no package-lock.json beside it", "npm install --package-lock-only")
            elif file.name == "package-lock.json":
                yield from _check_lock(tree, path)
        except ValueError as fault:
            yield Fault(path, 1, f"no JSON: {fault}", "mend it")
