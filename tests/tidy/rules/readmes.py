# SPDX-License-Identifier: Apache-2.0
"""READMEs: every service has one with the same headings, and links in Markdown lead somewhere."""

import posixpath
import re

from rules.tree import Fault

HEADINGS = ["Purpose", "Interfaces", "Settings", "Metrics", "Failure behaviour", "Code map"]
_LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")


def _services(tree):
    """Folders whose main.cpp hands over to lib/process: not the command line."""
    for path in tree.files:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "services" and parts[2] == "main.cpp":
            if '"lib/process/run.h"' in tree.text(path):
                yield f"services/{parts[1]}"


def _check_headings(tree, folder):
    readme = f"{folder}/README.md"
    if readme not in tree.files:
        yield Fault(readme, 1, "missing", f"write it with the headings {', '.join(HEADINGS)}")
        return
    found = re.findall(r"^## (.*?)\s*$", tree.text(readme), re.MULTILINE)
    if [heading for heading in found if heading in HEADINGS] != HEADINGS:
        yield Fault(readme, 1, f"headings are {', '.join(found) or 'missing'}", f"have ## {', '.join(HEADINGS)}, in this order")


def _check_links(tree, path):
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        for target in _LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if not (tree.root / place).exists():
                yield Fault(path, number, f"the link to {target} leads nowhere", "mend or remove it")


def check(tree):
    for folder in _services(tree):
        yield from _check_headings(tree, folder)
    for path in tree.ending_in(".md"):
        yield from _check_links(tree, path)
