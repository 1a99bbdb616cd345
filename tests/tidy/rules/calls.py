# SPDX-License-Identifier: Apache-2.0
"""Calls that only one folder may make, so that tests can replace what they reach."""

import re
from typing import NamedTuple

from rules import cpp_source
from rules.tree import Fault


class _Call(NamedTuple):
    pattern: re.Pattern
    homes: tuple  # where it is allowed: beginnings and ends of paths
    instead: str


_MEASURING = ("tests/load/", "_bench.cpp")

_CALLS = (
    _Call(
        re.compile(r"\b(?:secure_)?getenv\s*\("),
        (),
        "declare a setting (lib/config/settings_table.h)",
    ),
    _Call(
        re.compile(r"\benviron\b"),
        ("services/lib/process/run.cpp", "_itest.cpp"),  # tests hand it to the servers they start
        "declare a setting (lib/config/settings_table.h)",
    ),
    _Call(
        re.compile(r"\b(?:system|steady|high_resolution|utc)_clock::now\b|\b(?:clock_gettime|gettimeofday)\s*\("),
        ("services/lib/time/", *_MEASURING),
        "take a time::Clock (lib/time/clock.h)",
    ),
    _Call(
        re.compile(r"\bthis_thread::sleep_(?:for|until)\b|\b(?:usleep|nanosleep)\s*\(|(?<![\w:.>])sleep\s*\("),
        ("services/lib/concurrency/", *_MEASURING),
        "use concurrency::sleep_for(stop, …), which a stop ends (lib/concurrency/wait.h)",
    ),
    _Call(
        re.compile(
            r"\bstd::(?:recursive_|timed_|recursive_timed_|shared_|shared_timed_)?mutex\b"
            r"|\bstd::condition_variable(?:_any)?\b"
        ),
        ("services/lib/concurrency/",),
        "use concurrency::Mutex and CondVar, whose use the compiler checks (lib/concurrency/mutex.h)",
    ),
    _Call(
        re.compile(r"\bstd::thread\b(?!::)"),
        (),
        "use std::jthread, with one owner that joins it",
    ),
    _Call(
        re.compile(r"(?:\.|->)detach\s*\(\s*\)"),
        (),
        "keep the thread in the object that owns it, and join it there",
    ),
)


def _at_home(path, homes):
    return any(path.startswith(home) or path.endswith(home) for home in homes)


def check(tree):
    for path in tree.cpp():
        code = cpp_source.code_only(tree.text(path))
        for call in _CALLS:
            if _at_home(path, call.homes):
                continue
            for match in call.pattern.finditer(code):
                wrong = match[0].rstrip("( ").strip()
                yield Fault(path, cpp_source.line_of(code, match.start()), f"{wrong} is banned here", call.instead)
