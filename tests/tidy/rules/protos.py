# SPDX-License-Identifier: Apache-2.0
"""Numbers of proto fields: each once, and none forgotten. A removed field leaves `reserved`, so a gap
means that a number was given up without saying so and could be given away again."""

import re

from rules import cpp_source
from rules.tree import Fault

_BLOCK = re.compile(r"\b(message|enum|oneof|service|extend)\s+(\w+)\s*\{|([{}])")
_FIELD = re.compile(r"(?:^|[;{}])\s*(?:[\w.]+|map\s*<[^>]*>)(?:\s+[\w.]+)*?\s+(\w+)\s*=\s*(\d+)")
_VALUE = re.compile(r"(?:^|[;{}])\s*(\w+)\s*=\s*(-?\d+)")
_RESERVED = re.compile(r"\breserved\s+([^;]*);")


def _reserved(body):
    numbers, names = set(), set()
    for match in _RESERVED.finditer(body):
        names.update(re.findall(r"\w+", match[1]) if '"' in match[1] else [])
        for first, last in re.findall(r"(\d+)(?:\s+to\s+(\d+))?", match[1]):
            numbers.update(range(int(first), int(last or first) + 1))
    return numbers, names


def _messages(code):
    """(kind, name, start, body) of each message and enum; the bodies of nested ones are blanked,
    those of a oneof are not: its fields are numbered with its message's."""
    stack, found = [], []
    for match in _BLOCK.finditer(code):
        if match[3] == "}":
            if not stack:
                continue
            kind, name, start, inner = stack.pop()
            body = code[start : match.start()]
            for first, last in inner:
                body = body[: first - start] + re.sub(r"[^\n]", " ", body[first - start : last - start]) + body[last - start :]
            if kind in ("message", "enum"):
                found.append((kind, name, start, body))
                if stack:
                    stack[-1][3].append((code.rfind(kind, 0, start), match.end()))
            elif stack:
                stack[-1][3].extend(inner)
        else:
            stack.append((match[1] or "{", match[2], match.end(), []))
    return found


def _check_message(path, code, message):
    kind, name, start, body = message
    reserved, _ = _reserved(body)
    seen = {}
    fields = body if kind == "enum" else re.sub(r"\boneof\s+\w+\s*", "", body)
    fields = re.sub(r"\boption\b[^;]*;", ";", _RESERVED.sub(";", fields))
    for match in (_VALUE if kind == "enum" else _FIELD).finditer(fields):
        number = int(match[2])
        line = cpp_source.line_of(code, start + max(body.find(f" {match[1]} "), 0))
        if number in seen:
            yield Fault(path, line, f"{name}.{match[1]} reuses number {number} of {seen[number]}", "take the next free one")
        if number in reserved:
            yield Fault(path, line, f"{name}.{match[1]} uses the reserved number {number}", "take the next free one")
        seen[number] = match[1]
    missing = sorted(set(range(1, max(seen, default=0))) - seen.keys() - reserved)
    if missing:
        numbers = ", ".join(map(str, missing))
        yield Fault(
            path, cpp_source.line_of(code, start), f"{name} leaves out {numbers}", f"write `reserved {numbers};` in it"
        )


def check(tree):
    for path in tree.ending_in(".proto"):
        # Strings hold reserved names only; comments may hold anything.
        code = cpp_source.without_comments(tree.text(path))
        for message in _messages(code):
            yield from _check_message(path, code, message)
