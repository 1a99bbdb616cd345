# SPDX-License-Identifier: Apache-2.0
"""Names that refuse nothing, of files, folders and types."""

import pathlib
import re

from rules import cpp_source
from rules.tree import Fault

_BANNED = {
    "util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc", "base",
    "manager", "managers", "processor", "processors", "info", "infos", "impl",
}  # fmt: skip
_BANNED_ALONE = {"data"}
_INSTEAD = "name the noun it is about: a pool, a cache, a directory, a schedule, a session, a codec?"

_CPP_TYPE = re.compile(
    r"\b(?:class|struct|union|enum(?:\s+(?:class|struct))?|concept)\s+(?:[A-Z][A-Z0-9_]+(?:\([^)]*\))?\s+)*"
    r"([A-Za-z_]\w*)|\busing\s+(\w+)\s*="
)
_PROTO_TYPE = re.compile(r"^[ \t]*(?:message|enum|service)\s+(\w+)", re.MULTILINE)
_PYTHON_TYPE = re.compile(r"^[ \t]*class\s+(\w+)", re.MULTILINE)


def _words(name):
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def banned_word(name):
    """The banned word in `name`, or None."""
    words = _words(name)
    if len(words) == 1 and words[0] in _BANNED_ALONE:
        return words[0]
    return next((word for word in words if word in _BANNED), None)


def _types(tree, path):
    if path.endswith((".h", ".cpp")):
        text, pattern = cpp_source.code_only(tree.text(path)), _CPP_TYPE
    elif path.endswith(".proto"):
        text, pattern = cpp_source.code_only(tree.text(path)), _PROTO_TYPE
    elif path.endswith(".py"):
        text, pattern = tree.text(path), _PYTHON_TYPE
    else:
        return
    for match in pattern.finditer(text):
        yield cpp_source.line_of(text, match.start()), next(name for name in match.groups() if name)


def check(tree):
    for path in tree.files:
        parts = pathlib.PurePosixPath(path).parts
        for name in (*parts[:-1], parts[-1].split(".")[0] or parts[-1]):
            if word := banned_word(name):
                yield Fault(path, 1, f'"{word}" in the name {name}', _INSTEAD)
        for line, name in _types(tree, path):
            # `struct Impl` inside a class is the pimpl idiom's own word.
            if name != "Impl" and (word := banned_word(name)):
                yield Fault(path, line, f'"{word}" in the type name {name}', _INSTEAD)
