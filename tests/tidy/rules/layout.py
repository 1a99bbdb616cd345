# SPDX-License-Identifier: Apache-2.0
"""What clang-format would change, and files too large for a repository of text."""

import concurrent.futures
import os
import re
import shutil
import subprocess

from rules.tree import Fault

CLANG_FORMAT = "clang-format-14"
BLOB_STOP_KIB = 100
_COMPLAINT = re.compile(r"^(.+?):(\d+):\d+: error: ", re.MULTILINE)


def _complaints(tree, paths):
    command = [CLANG_FORMAT, "--dry-run", "--Werror", "--style=file", *paths]
    ran = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    first = {}
    for match in _COMPLAINT.finditer(ran.stderr):
        first.setdefault(match[1], int(match[2]))
    return first


def _check_format(tree):
    paths = tree.cpp()
    if not paths:
        return
    if shutil.which(CLANG_FORMAT) is None:
        yield Fault(".clang-format", 1, f"{CLANG_FORMAT} is not installed", "run deploy/install-packages")
        return
    workers = os.cpu_count() or 1
    shares = [share for share in (paths[i::workers] for i in range(workers)) if share]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for complaints in pool.map(lambda share: _complaints(tree, share), shares):
            for path, line in complaints.items():
                yield Fault(path, line, f"{CLANG_FORMAT} would change it", f"run {CLANG_FORMAT} -i {path}")


def check(tree):
    yield from _check_format(tree)
    for path in tree.files:
        kib = tree.size(path) / 1024
        if kib > BLOB_STOP_KIB:
            yield Fault(path, 1, f"{kib:.0f} KiB", f"keep it under {BLOB_STOP_KIB} KiB, or make it at build time")
