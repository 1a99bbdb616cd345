# SPDX-License-Identifier: Apache-2.0
"""Who includes whom: the two tables of services/README.md."""

import fnmatch
import re

from rules import cpp_source
from rules.tree import Fault

README = "services/README.md"
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
_GENERATED = re.compile(r"^(?:millrace|grafana|grpc)/.*\.pb\.h$")
# Headers of POSIX, Linux and C that end in .h; C++'s own have no dot.
_SYSTEM = re.compile(
    r"^(?:sys|arpa|netinet|net|linux|bits)/|"
    r"^(?:dirent|dlfcn|endian|fcntl|ifaddrs|netdb|poll|pthread|pwd|sched|semaphore|signal|spawn|"
    r"syslog|termios|unistd|cxxabi|execinfo|malloc|glob|fnmatch|getopt|grp|utime|wordexp)\.h$"
)


def _rows(tree, first_cell):
    """(line number, cells) of the table in README whose head begins with `first_cell`."""
    inside = False
    for number, line in enumerate(tree.text(README).split("\n"), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif inside and not set(line) <= set("|- "):
            yield number, cells
        elif cells[0] == first_cell:
            inside = True


def _quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def _folder(path):
    """`lib/bus` for services/lib/bus/x.h; None outside services/."""
    parts = path.split("/")
    if parts[0] != "services" or len(parts) < 3:
        return None
    return "/".join(parts[1:3]) if parts[1] == "lib" else parts[1]


class _Tables:
    def __init__(self, tree):
        self.layers = {}
        self.layer_lines = {}
        for number, cells in _rows(tree, "Folder"):
            folder = _quoted(cells[0])[0]
            self.layers[folder] = _quoted(cells[1])
            self.layer_lines[folder] = number
        self.doors = {}
        for _, cells in _rows(tree, "Library"):
            doors = ["*"] if cells[2] == "everywhere" else _quoted(cells[2])
            for header in _quoted(cells[1]):
                self.doors[header] = (cells[0], doors)

    def may_include(self, folder, other):
        return other == folder or any(
            fnmatch.fnmatchcase(other, allowed) for allowed in self.layers[folder]
        )

    def door(self, header):
        """(library, doors) of a third-party header, or None."""
        for prefix, entry in self.doors.items():
            if header == prefix or (prefix.endswith("/") and header.startswith(prefix)):
                return entry
        return None


def _is_door(path, doors):
    inside = path.removeprefix("services/")
    name = path.rsplit("/", 1)[-1]
    # A door without a folder is a kind of file, whatever folder it is in.
    return any(fnmatch.fnmatchcase(inside if "/" in door else name, door) for door in doors)


def _check_own(tables, path, line, header):
    if path.startswith("tests/load/") and header.startswith("load/"):
        return  # the load programs share files, too
    folder = _folder(path)
    other = _folder("services/" + header)
    if other is None:
        yield Fault(path, line, f'include "{header}"', 'write the path from services/: "lib/bus/connection.h"')
    elif folder is None:
        if not other.startswith("lib/"):
            yield Fault(path, line, f"includes {other}", "outside services/ only libraries are included")
    elif folder in tables.layers and not tables.may_include(folder, other):
        allowed = ", ".join(tables.layers[folder]) or "nothing else of ours"
        yield Fault(path, line, f"{folder} includes {other}", f"it may include {allowed} ({README})")


def _check_third_party(tables, path, line, header):
    entry = tables.door(header)
    if entry is None:
        yield Fault(
            path, line, f"<{header}> belongs to no known library", f"give it a row in {README} or do without it"
        )
        return
    library, doors = entry
    if not _is_door(path, doors):
        yield Fault(path, line, f"{library} is used outside its door", f"only {' '.join(doors)} may include it")


def check(tree):
    if README not in tree.files:
        yield Fault(README, 1, "missing", "write the table of folders and the table of libraries")
        return
    tables = _Tables(tree)
    folders = {_folder(path) for path in tree.cpp()} - {None}
    for folder in sorted(folders - tables.layers.keys()):
        yield Fault(README, 1, f"folder {folder} has no row", "say what it may include")
    for folder in sorted(tables.layers.keys() - folders):
        yield Fault(README, tables.layer_lines[folder], f"folder {folder} has no code", "remove its row")
    for path in tree.cpp():
        text = cpp_source.without_comments(tree.text(path))
        for match in _INCLUDE.finditer(text):
            line, header = cpp_source.line_of(text, match.start(2)), match[2]
            if match[1] == '"' and not _GENERATED.match(header):
                yield from _check_own(tables, path, line, header)
            elif match[1] == "<" and "." in header + "." * ("/" in header) and not _SYSTEM.match(header):
                yield from _check_third_party(tables, path, line, header)
