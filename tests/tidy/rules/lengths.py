# SPDX-License-Identifier: Apache-2.0
"""Length of files, functions and lines."""

import ast

from rules import cpp_source
from rules.tree import Fault

FILE_STOP = 600
FILE_AIM = 300
FUNCTION_STOP = 70
LINE_STOP = 100


def _line_count(tree, path):
    return tree.text(path).count("\n") + 1


def _check_functions(path, found):
    for name, first, last in found:
        if last - first + 1 > FUNCTION_STOP:
            yield Fault(
                path,
                first,
                f"{name} has {last - first + 1} lines",
                f"split it where a step has a name; {FUNCTION_STOP} is the stop",
            )


def _cpp_functions(text):
    for function in cpp_source.functions(text):
        name = function.signature
        yield name if len(name) <= 60 else name[:57] + "...", function.first_line, function.last_line


def _python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def check(tree):
    for path in tree.sources():
        lines = _line_count(tree, path)
        if lines > FILE_STOP:
            yield Fault(path, 1, f"{lines} lines", f"find the noun that wants to leave; {FILE_STOP} is the stop")
    for path in tree.cpp():
        text = tree.text(path)
        yield from _check_functions(path, _cpp_functions(text))
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > LINE_STOP:
                yield Fault(path, number, f"{len(line)} columns", f"break the line before column {LINE_STOP + 1}")
    for path in tree.python():
        try:
            yield from _check_functions(path, _python_functions(tree.text(path)))
        except SyntaxError as fault:
            yield Fault(path, fault.lineno or 1, f"no Python: {fault.msg}", "mend it")


def notes(tree):
    for path in tree.sources():
        lines = _line_count(tree, path)
        if FILE_AIM < lines <= FILE_STOP:
            yield Fault(path, 1, f"{lines} lines", f"we aim at {FILE_AIM}")
