# SPDX-License-Identifier: Apache-2.0
"""Enough C++ (and proto) to find code between comments, and functions between braces."""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"//[^\n]*"
    r"|/\*.*?\*/"
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_ACCESS = re.compile(r"\s*(?:public|private|protected|signals)\s*:(?!:)")
_AFTER_PARAMETERS = re.compile(
    r"(?:\)|\b(?:const|noexcept|override|final|mutable|try)|[^&]&&?|->\s*[\w:<>,\s*&]+)$"
)


class Function(NamedTuple):
    signature: str
    first_line: int
    last_line: int

    @property
    def length(self):
        return self.last_line - self.first_line + 1


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """Comments as spaces: lines and columns stay where they are."""
    return _TOKEN.sub(lambda m: _blank(m[0]) if m[0].startswith(("//", "/*")) else m[0], text)


def code_only(text):
    """Comments as spaces, strings as empty strings padded with spaces."""

    def blank(match):
        token = match[0]
        if token.startswith(("//", "/*")):
            return _blank(token)
        return '""' + _blank(token[2:])

    return _TOKEN.sub(blank, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def _after_template(statement):
    """`template <...>` heads removed."""
    while match := re.match(r"\s*template\s*<", statement):
        depth, brackets, at = 1, 0, match.end()
        while depth > 0 and at < len(statement):
            brackets += {"(": 1, ")": -1}.get(statement[at], 0)
            if brackets == 0:  # within, `>` compares
                depth += {"<": 1, ">": -1}.get(statement[at], 0)
            at += 1
        statement = statement[at:]
    return statement.strip()


def _kind(statement):
    """What a `{` after `statement` opens: "scope", "function" or "value" (an initialiser, an enum)."""
    statement = _after_template(statement)
    first = re.match(r"(?:inline\s+|typedef\s+|static\s+)*(\w*)", statement)[1]
    if not statement or first in ("namespace", "extern", "class", "struct", "union"):
        return "scope"
    if "(" not in statement or first == "enum":
        return "value"
    initialisers = re.search(r"\)\s*(?:noexcept\s*)?:(?!:)", statement)
    if initialisers:
        # `: a_(1), b_{2} {`: a brace after a name belongs to a member.
        return "function" if statement[-1] in ")}" else "value"
    return "function" if _AFTER_PARAMETERS.search(statement) else "value"


def _closing(code, opening):
    """Index of the brace that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code) - 1


def functions(text):
    """Every function with a body, lambdas and local classes counted with the one they stand in."""
    code = _PREPROCESSOR.sub(lambda m: _blank(m[0]), code_only(text))
    found, start, at = [], 0, 0
    while at < len(code):
        character = code[at]
        if character in ";}":
            start = at + 1
        elif character == "{":
            while label := _ACCESS.match(code, start, at):
                start = label.end()
            statement = code[start:at].strip()
            kind = _kind(statement)
            if kind == "scope":
                start = at + 1
            else:
                end = _closing(code, at)
                if kind == "function":
                    first = start + len(code[start:at]) - len(code[start:at].lstrip())
                    signature = " ".join(statement.split())
                    found.append(Function(signature, line_of(code, first), line_of(code, end)))
                    start = end + 1
                at = end
        at += 1
    return found
