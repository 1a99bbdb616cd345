# SPDX-License-Identifier: Apache-2.0
"""Which files tests/tidy/clang-tidy looks at, without running clang-tidy."""

import importlib.machinery
import importlib.util
import json
import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture
def script(tmp_path):
    loader = importlib.machinery.SourceFileLoader("clang_tidy_script", str(HERE / "clang-tidy"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    module.ROOT = tmp_path
    return module


def write(root, path, text=""):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def test_only_our_own_compiled_sources_are_checked(script, tmp_path):
    write(tmp_path, "services/a.cpp")
    write(tmp_path, "build/dev/generated/a.pb.cc")
    entries = [
        {"directory": str(tmp_path / "build/dev"), "file": str(tmp_path / "services/a.cpp")},
        {"directory": str(tmp_path / "build/dev"), "file": "generated/a.pb.cc"},
        {"directory": "/", "file": "/usr/src/gtest.cc"},
    ]
    write(tmp_path, "build/dev/compile_commands.json", json.dumps(entries))
    assert script.compiled_files(tmp_path / "build/dev") == {"services/a.cpp": str(tmp_path / "services/a.cpp")}


def test_a_build_directory_without_commands_is_an_error(script, tmp_path):
    with pytest.raises(SystemExit, match="configure that build directory first"):
        script.compiled_files(tmp_path)


def test_a_changed_header_concerns_whoever_includes_it(script, tmp_path):
    write(tmp_path, "services/lib/bus/link.h")
    write(tmp_path, "services/lib/bus/stream.h", '#include "lib/bus/link.h"\n')
    write(tmp_path, "services/lib/bus/stream.cpp", '#include "lib/bus/stream.h"\n')
    write(tmp_path, "services/lib/bus/subject.cpp", "#include <string>\n")
    files = ["services/lib/bus/stream.cpp", "services/lib/bus/subject.cpp"]
    assert script.affected(files, {"services/lib/bus/link.h"}) == ["services/lib/bus/stream.cpp"]
    assert script.affected(files, {"services/lib/bus/subject.cpp"}) == ["services/lib/bus/subject.cpp"]
    assert script.affected(files, {"README.md"}) == []


def test_headers_in_a_circle_end(script, tmp_path):
    write(tmp_path, "services/a.h", '#include "b.h"\n')
    write(tmp_path, "services/b.h", '#include "a.h"\n')
    write(tmp_path, "services/a.cpp", '#include "a.h"\n')
    assert script.affected(["services/a.cpp"], set()) == []
