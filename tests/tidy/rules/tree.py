# SPDX-License-Identifier: Apache-2.0
"""The files git knows or would add, as text, and what a rule reports about them."""

import functools
import pathlib
import subprocess
from typing import NamedTuple


class Fault(NamedTuple):
    path: str
    line: int
    wrong: str
    instead: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.wrong}; {self.instead}"


class UnreadableTree(Exception):
    pass


class Tree:
    """Paths are relative to the root and use slashes. Files are read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        command = ["git", "-C", str(self.root), "ls-files", "-z"]
        listed = subprocess.run(
            command + ["--cached", "--others", "--exclude-standard"], capture_output=True, check=False
        )
        if listed.returncode != 0:
            raise UnreadableTree(f"cannot list the files of {root}: {listed.stderr.decode().strip()}")
        paths = {path.decode() for path in listed.stdout.split(b"\0") if path}
        # Deleted files stay in git's list until the deletion is committed.
        self.files = sorted(path for path in paths if (self.root / path).is_file())

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def size(self, path):
        return (self.root / path).stat().st_size

    def ending_in(self, *suffixes):
        return [path for path in self.files if path.endswith(suffixes)]

    def cpp(self):
        return self.ending_in(".h", ".cpp")

    def python(self):
        return [path for path in self.files if path.endswith(".py") or self._shebang(path, "python")]

    def sources(self):
        """Whatever a person wrote as code, in any language."""
        suffixes = (".h", ".cpp", ".cmake", ".proto", ".sql", ".py", ".sh", ".ts", ".tsx", ".mjs", ".css")
        return [
            path
            for path in self.files
            if path.endswith(suffixes) or path.endswith("CMakeLists.txt") or self._shebang(path, "")
        ]

    @functools.lru_cache(maxsize=None)
    def _shebang(self, path, interpreter):
        if "." in pathlib.PurePosixPath(path).name:
            return False
        with open(self.root / path, "rb") as file:
            first = file.readline(200)
        return first.startswith(b"#!") and interpreter.encode() in first
