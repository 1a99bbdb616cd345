# SPDX-License-Identifier: Apache-2.0
"""Each rule of the check is broken here once, and must say so at the right line."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from rules import cpp_source, names  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
README = """# services/

| Folder | may include |
|---|---|
| `lib/error` | |
| `lib/bus` | `lib/error` |
| `registry` | `lib/*` |
| `query` | `lib/*` |

| Library | Headers | Doors |
|---|---|---|
| Abseil | `absl/` | everywhere |
| nats.c | `nats/` | `lib/bus/*.cpp` `tests/load/*` |
| GoogleTest | `gtest/` | `*_test.cpp` |
| zlib | `zlib.h` | `lib/bus/*.cpp` |
"""
HEADINGS = "## Purpose\n## Interfaces\n## Settings\n## Metrics\n## Failure behaviour\n## Code map\n"
SOUND = {
    ".clang-format": "DisableFormat: true\n",
    "services/README.md": README,
    "services/lib/error/error.h": SPDX + "//\n// What failed.\n#pragma once\n",
    "services/lib/bus/subjects.cpp": SPDX + '#include "lib/error/error.h"\n',
    "services/lib/bus/subjects_test.cpp": SPDX,
    "services/registry/token.h": SPDX + "//\n// A token.\n#pragma once\n",
    "services/query/page.h": SPDX + "//\n// A page.\n#pragma once\n",
}


class Repository:
    def __init__(self, root):
        self.root = root
        subprocess.run(["git", "init", "--quiet", str(root)], check=True)
        for path, text in SOUND.items():
            self.write(path, text)

    def write(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def append(self, path, text):
        self.write(path, (self.root / path).read_text() + text)

    def check(self, *flags):
        command = [str(HERE / "check"), *flags, str(self.root)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode in (0, 1), ran.stderr
        lines = ran.stdout.splitlines()
        faults = [line for line in lines[:-1] if not line.startswith("note: ")]
        assert (ran.returncode == 1) == bool(faults)
        return lines if flags else faults

    def only_fault(self):
        faults = self.check()
        assert len(faults) == 1, faults
        return faults[0]


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


SOURCE = "services/lib/bus/subjects.cpp"
TEST = "services/lib/bus/subjects_test.cpp"


def test_a_sound_tree_has_no_faults(repository):
    assert repository.check() == []


def test_the_last_line_counts(repository):
    assert repository.check("--notes")[-1] == "7 files read, 0 faults, 0 notes"


def test_what_is_no_repository_is_an_error(tmp_path):
    ran = subprocess.run([str(HERE / "check"), str(tmp_path / "none")], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "cannot list the files of" in ran.stderr


def test_ignored_and_deleted_files_are_not_read(repository):
    repository.write("services/lib/bus/utils.sh", "no licence")
    repository.write(".gitignore", "*.sh\n")
    repository.write("gone.py", "no licence")
    subprocess.run(["git", "-C", str(repository.root), "add", "gone.py"], check=True)
    (repository.root / "gone.py").unlink()
    assert repository.check() == []


# --- who includes whom


def test_a_layer_does_not_include_what_is_above_it(repository):
    repository.write("services/lib/error/error.h", SOUND["services/lib/error/error.h"] + '\n#include "lib/bus/subjects.h"\n')
    assert repository.only_fault().startswith(
        "services/lib/error/error.h:6: lib/error includes lib/bus; it may include nothing else of ours"
    )


def test_a_service_does_not_include_another(repository):
    repository.append("services/query/page.h", '\n#include "registry/token.h"\n')
    assert "query includes registry; it may include lib/*" in repository.only_fault()


def test_an_include_starts_at_services(repository):
    repository.append(SOURCE, '#include "subjects.h"\n')
    assert ":3:" in repository.only_fault() and "from services/" in repository.only_fault()


def test_generated_code_may_be_included_by_all(repository):
    repository.append(TEST, '#include "millrace/telemetry/v1/data_samples.pb.h"\n')
    assert repository.check() == []


def test_a_commented_include_does_not_count(repository):
    repository.append(TEST, '// #include "registry/token.h"\n')
    assert repository.check() == []


def test_tests_include_libraries_but_no_service(repository):
    repository.write("tests/load/flood.cpp", SPDX + '#include "lib/error/error.h"\n')
    assert repository.check() == []
    repository.append("tests/load/flood.cpp", '#include "registry/token.h"\n')
    assert "tests/load/flood.cpp:3: includes registry" in repository.only_fault()


def test_load_programs_share_files_of_their_own(repository):
    repository.write("tests/load/flood.cpp", SPDX + '#include "load/histogram.h"\n')
    assert repository.check() == []
    repository.append(TEST, '#include "load/histogram.h"\n')
    assert "lib/bus includes load" in repository.only_fault()


def test_a_third_party_library_has_one_door(repository):
    repository.append("services/registry/token.h", "\n#include <nats/nats.h>\n")
    assert repository.only_fault() == (
        "services/registry/token.h:6: nats.c is used outside its door; "
        "only lib/bus/*.cpp tests/load/* may include it"
    )


def test_a_door_is_for_sources_not_for_headers_beside_them(repository):
    repository.write("services/lib/bus/link.h", SPDX + "//\n// A link.\n#pragma once\n\n#include <zlib.h>\n")
    assert "zlib is used outside its door" in repository.only_fault()


def test_a_door_may_be_a_kind_of_file(repository):
    repository.append(TEST, "#include <gtest/gtest.h>\n")
    assert repository.check() == []
    repository.append(SOURCE, "\n#include <gtest/gtest.h>\n")
    assert "GoogleTest is used outside its door" in "\n".join(repository.check())


def test_an_unknown_library_needs_a_row(repository):
    repository.append(TEST, "#include <curl/curl.h>\n")
    assert "<curl/curl.h> belongs to no known library" in repository.only_fault()


def test_standard_and_system_headers_need_none(repository):
    repository.append(TEST, "#include <sys/socket.h>\n#include <unistd.h>\n\n#include <string>\n")
    assert repository.check() == []


def test_a_new_folder_needs_a_row_and_a_row_needs_a_folder(repository):
    repository.write("services/lib/rpc/server.h", SPDX + "//\n// A server.\n#pragma once\n")
    assert "folder lib/rpc has no row" in repository.only_fault()
    (repository.root / "services/lib/rpc/server.h").unlink()
    (repository.root / "services/query/page.h").unlink()
    assert repository.only_fault().startswith("services/README.md:8: folder query has no code")


def test_without_the_tables_nothing_is_allowed(repository):
    (repository.root / "services/README.md").unlink()
    assert "services/README.md:1: missing" in repository.only_fault()


# --- names


@pytest.mark.parametrize(
    "name, word",
    [
        ("string_util", "util"),
        ("SessionManager", "manager"),
        ("BaseSession", "base"),
        ("HTTPHelper", "helper"),
        ("series-info", "info"),
        ("SessionImpl", "impl"),
        ("data", "data"),
        ("Data", "data"),
        ("data_samples", None),
        ("base64", None),
        ("Database", None),
        ("information", None),
        ("RFC3339Time", None),
    ],
)
def test_banned_words_in_names(name, word):
    assert names.banned_word(name) == word


def test_banned_names_of_files_and_folders(repository):
    repository.write("services/lib/bus/helpers_test.cpp", SPDX)
    assert 'services/lib/bus/helpers_test.cpp:1: "helpers" in the name' in repository.only_fault()
    (repository.root / "services/lib/bus/helpers_test.cpp").unlink()
    repository.write("deploy/common/nats.conf", "")
    assert '"common" in the name common' in repository.only_fault()


def test_banned_names_of_types(repository):
    repository.append(TEST, "class ABSL_LOCKABLE SessionManager;\n\nusing ItemInfo = int;\n")
    repository.write("proto/x.proto", SPDX + "message SeriesInfo {\n  int32 a = 1;\n}\n")
    repository.write("tests/x.py", "# " + SPDX[3:] + "class UploadProcessor:\n    pass\n")
    found = "\n".join(repository.check())
    assert 'subjects_test.cpp:2: "manager" in the type name SessionManager' in found
    assert 'subjects_test.cpp:4: "info" in the type name ItemInfo' in found
    assert 'proto/x.proto:2: "info" in the type name SeriesInfo' in found
    assert 'tests/x.py:2: "processor" in the type name UploadProcessor' in found


def test_the_pimpl_idiom_keeps_its_word(repository):
    repository.append(TEST, "struct Impl;\n")
    assert repository.check() == []


# --- calls


@pytest.mark.parametrize(
    "code, instead",
    [
        ('auto x = std::getenv("X");', "declare a setting"),
        ("auto x = environ;", "declare a setting"),
        ("auto x = std::chrono::system_clock::now();", "time::Clock"),
        ("auto x = std::chrono::steady_clock::now();", "time::Clock"),
        ("void f() { std::this_thread::sleep_for(x); }", "concurrency::sleep_for"),
        ("void f() { sleep(1); }", "concurrency::sleep_for"),
        ("std::mutex x;", "concurrency::Mutex"),
        ("std::condition_variable x;", "concurrency::Mutex"),
        ("std::thread x;", "std::jthread"),
        ("void f() { x.detach(); }", "join it there"),
    ],
)
def test_banned_calls(repository, code, instead):
    repository.append(TEST, code + "\n")
    assert repository.only_fault().startswith(f"{TEST}:2: ")
    assert instead in repository.only_fault()


@pytest.mark.parametrize(
    "code",
    [
        "concurrency::sleep_for(stop, x);",
        "auto x = std::thread::hardware_concurrency();",
        'auto x = "std::mutex";  // std::mutex',
    ],
)
def test_calls_that_only_look_banned(repository, code):
    repository.append(TEST, code + "\n")
    assert repository.check() == []


def test_a_call_is_allowed_at_home(repository):
    repository.append("services/README.md", "")
    repository.write("services/README.md", README.replace("| `lib/bus`", "| `lib/time` | |\n| `lib/bus`"))
    repository.write("services/lib/time/clock_test.cpp", SPDX + "auto x = std::chrono::system_clock::now();\n")
    assert repository.check() == []


# --- lengths


def test_a_file_has_a_stop_and_an_aim(repository):
    repository.append(TEST, "// A line.\n" * 400)
    assert repository.check("--notes")[0] == f"note: {TEST}:1: 402 lines; we aim at 300"
    repository.append(TEST, "// A line.\n" * 200)
    assert "602 lines" in repository.only_fault()


def test_a_cpp_function_has_a_stop(repository):
    repository.append(TEST, "void f() {\n" + "  g();\n" * 68 + "}\n")
    assert repository.check() == []
    repository.append(TEST, "\nint h(int x) {\n" + "  g();\n" * 69 + "}\n")
    assert repository.only_fault().startswith(f"{TEST}:73: int h(int x) has 71 lines")


def test_a_python_function_has_a_stop(repository):
    repository.write("tests/x.py", "# " + SPDX[3:] + "def f():\n" + "    g()\n" * 70)
    assert repository.only_fault().startswith("tests/x.py:2: f has 71 lines")


def test_python_must_be_python(repository):
    repository.write("tests/x.py", "# " + SPDX[3:] + "def f(:\n")
    assert "tests/x.py:2: no Python" in repository.only_fault()


def test_a_line_of_cpp_has_a_stop(repository):
    repository.append(TEST, 'auto x = "' + "ä" * 88 + '";\n')
    assert repository.check() == []
    repository.append(TEST, 'auto y = "' + "b" * 90 + '";\n')
    assert repository.only_fault().startswith(f"{TEST}:3: 102 columns")


# --- comments


def test_every_source_has_its_licence_line(repository):
    repository.write("tests/run", "#!/bin/bash\n")
    assert repository.only_fault().startswith("tests/run:1: no licence line")
    repository.write("tests/run", "#!/bin/bash\n# " + SPDX[3:])
    repository.write("tests/__init__.py", "")
    assert repository.check() == []


def test_a_source_of_the_web_page_has_one_too(repository):
    repository.write("services/gateway/web/src/a.tsx", "export {};\n")
    assert repository.only_fault().startswith("services/gateway/web/src/a.tsx:1: no licence line")


def npm_lock(**package):
    return json.dumps({"packages": {"": {}, "node_modules/a": package}})


def test_what_npm_brings_is_one_version_by_its_hash_from_wherever(repository):
    repository.write("web/package.json", '{"dependencies": {\n"a": "^1.2.3"}}')
    repository.write("web/package-lock.json", npm_lock(integrity="sha512-x"))
    assert repository.only_fault().startswith("web/package.json:2: a is ^1.2.3;")
    repository.write("web/package.json", '{"dependencies": {"a": "1.2.3"}}')
    assert repository.check() == []
    repository.write("web/package-lock.json", npm_lock())
    assert "node_modules/a has no hash" in repository.only_fault()
    repository.write("web/package-lock.json", npm_lock(integrity="sha512-x", resolved="https://r.example/a"))
    assert "node_modules/a names a registry's host" in repository.only_fault()
    repository.write("web/package-lock.json", "{")
    assert "no JSON" in repository.only_fault()


def test_packages_of_npm_are_locked(repository):
    repository.write("web/package.json", "{}")
    assert "no package-lock.json beside it" in repository.only_fault()


def test_a_header_says_what_it_is_for(repository):
    repository.write("services/query/page.h", SPDX + "#pragma once\n")
    assert "header without a file comment" in repository.only_fault()
    repository.write("services/query/page.h", SPDX + "//\n// A page.\n")
    assert "no include guard" in repository.only_fault()


def test_a_promise_has_an_issue(repository):
    repository.append(TEST, "// TO" "DO(issue 12): later\n// FIX" "ME soon\n")
    assert repository.only_fault().startswith(f"{TEST}:3: FIX" "ME without an issue")


# --- tests beside the code


def test_a_source_has_a_test_beside_it(repository):
    (repository.root / TEST).unlink()
    assert f"{SOURCE}:1: no test beside it; write subjects_test.cpp" in repository.only_fault()
    repository.write("services/lib/bus/subjects_itest.cpp", SPDX)
    assert repository.check() == []


def test_a_source_may_be_exempt_for_a_reason(repository):
    (repository.root / TEST).unlink()
    repository.write("tests/tidy/untested.txt", "# why\nservices/*/subjects.cpp  has no logic\n")
    assert repository.check() == []
    repository.write("tests/tidy/untested.txt", "services/*/subjects.cpp\n")
    assert "without a reason" in repository.only_fault()


def test_an_exemption_that_is_not_needed_goes(repository):
    repository.write("tests/tidy/untested.txt", f"{SOURCE} has no logic\n")
    assert "names no untested file" in repository.only_fault()


# --- proto


PROTO = SPDX + """message Reading {
  string name = 1;
  // Was here until v2.
  reserved 2, 4 to 5;
  oneof value {
    double number = 3;
    map<string, int32> counts = 6;
  }
  enum Kind {
    KIND_UNKNOWN = 0;
    KIND_NUMBER = 1;
  }
  repeated bytes tail = 7 [deprecated = true];
}
"""


def test_a_sound_proto_file(repository):
    repository.write("proto/reading.proto", PROTO)
    assert repository.check() == []


@pytest.mark.parametrize(
    "before, after, wrong",
    [
        ("tail = 7", "tail = 6", "9: Reading.tail reuses number 6 of counts"),
        ("tail = 7", "tail = 4", "Reading.tail uses the reserved number 4"),
        ("tail = 7", "tail = 9", "Reading leaves out 7, 8; write `reserved 7, 8;`"),
        ("KIND_NUMBER = 1", "KIND_NUMBER = 2", "Kind leaves out 1"),
        ("KIND_NUMBER = 1", "KIND_NUMBER = 0", "Kind.KIND_NUMBER reuses number 0 of KIND_UNKNOWN"),
        ("number = 3", "number = 1", "Reading.number reuses number 1 of name"),
    ],
)
def test_numbers_of_proto_fields(repository, before, after, wrong):
    repository.write("proto/reading.proto", PROTO.replace(before, after))
    assert wrong.split(": ")[-1] in "\n".join(repository.check())


# --- READMEs


def test_a_service_has_a_readme_with_the_six_headings(repository):
    main = SPDX + '#include "lib/process/run.h"\n'
    repository.write("services/README.md", README.replace("| `lib/bus`", "| `lib/process` | |\n| `lib/bus`"))
    repository.write("services/lib/process/run.h", SPDX + "//\n// Runs.\n#pragma once\n")
    repository.write("tests/tidy/untested.txt", "services/*/main.cpp  no logic\n")
    repository.write("services/registry/main.cpp", main)
    assert "services/registry/README.md:1: missing" in repository.only_fault()
    repository.write("services/registry/README.md", HEADINGS.replace("## Metrics\n", ""))
    assert "have ## Purpose, Interfaces" in repository.only_fault()
    repository.write("services/registry/README.md", HEADINGS + "## More\n")
    assert repository.check() == []


def test_a_link_leads_somewhere(repository):
    repository.write("docs/a.md", "[b](b.md#part) [c](https://example.org) [d](#here) [e](../services)\n")
    assert "docs/a.md:1: the link to b.md leads nowhere" in repository.only_fault()


def test_the_runbook_names_metrics_and_log_events_that_exist(repository):
    repository.append("services/lib/bus/subjects.cpp", 'auto a = "millrace_a_total"; auto b = "is full";\n')
    repository.append(TEST, 'auto c = "millrace_b_total";\n')
    repository.write("docs/operations.md", '`millrace_a_total{code="1"}`, log: `"is full"`\n`millrace_b_total`\n')
    assert "docs/operations.md:2: no program has the metric millrace_b_total" in repository.only_fault()
    repository.write("docs/operations.md", 'log: `"is fully"`\n')
    assert "docs/operations.md:1: no program has the log event is fully" in repository.only_fault()


# --- conformance to MQTT


@pytest.fixture(name="conformance")
def conformance_fixture(repository):
    """(repository, text of our own table), with a file for each of its tests."""
    table = (HERE.parents[1] / "docs/mqtt-conformance.md").read_text(encoding="utf-8")
    table = re.sub(r"\]\([^)]*\)", "]", table)  # links lead out of the little tree
    tests = {}
    for file, test in re.findall(r"`([\w.]+)::(\w+)`", table):
        path = file if file.endswith(".py") else f"test_mqtt_conformance_{file}.py"
        tests.setdefault(path, {})[test] = f"def {test}():\n    assert True\n"
    for path, functions in tests.items():
        repository.write(f"tests/service/{path}", "# " + SPDX[3:] + "".join(functions.values()))
    repository.write("docs/mqtt-conformance.md", table)
    assert repository.check() == []
    return repository, table


@pytest.mark.parametrize(
    "before, after, wrong",
    [
        (r"\| MQTT-3.1.2-24 .*\n", "", "MQTT-3.1.2-24 is missing"),
        (r"(\| MQTT-3.1.2-24 .*\n)", r"\1\1", "MQTT-3.1.2-24 stands in two rows"),
        (r"(\| MQTT-3.1.2-24 .*\n)", r"\1| MQTT-3.1.2-25 | a | a client's duty |\n", "no MQTT-3.1.2-25"),
        (r"(\| MQTT-3.1.0-1 .*\n)(.*\n)", r"\2\1", "not in the specification's order"),
        (r"connect::test_keep_alive", "connect::test_kept_alive", "no test connect::test_kept_alive"),
        (r"connect::test_keep_alive", "connects::test_x", "no test connects::test_x"),
        (r"(MQTT-3.1.2-23 \|[^|]*\|).*", r"\1 |", "neither a test nor a reason"),
        (r"(MQTT-3.1.2-23 \|[^|]*\|).*", r"\1", "a row that is no row"),
    ],
)
def test_every_statement_of_mqtt_has_its_row(conformance, before, after, wrong):
    repository, table = conformance
    changed, count = re.subn(before, after, table, count=1)
    assert count == 1
    repository.write("docs/mqtt-conformance.md", changed)
    assert any(wrong in fault for fault in repository.check())


# --- variables of the compose files


def test_the_example_has_every_variable_with_the_default_in_force(repository):
    repository.write("compose.yaml", "a: ${MILLRACE_A:-1}\nb: ${MILLRACE_B:?say where}\n")
    repository.write(".env.example", "#MILLRACE_A=1\n#MILLRACE_B=there\n")
    assert repository.check() == []
    repository.write(".env.example", "#MILLRACE_A=2\n#MILLRACE_B=there\n")
    assert "compose.yaml:1: the default of MILLRACE_A is 1, in .env.example 2" in repository.only_fault()
    repository.write(".env.example", "#MILLRACE_A=1\n")
    assert "compose.yaml:2: .env.example has no MILLRACE_B" in repository.only_fault()
    repository.write(".env.example", "#MILLRACE_A=1\n#MILLRACE_B=there\n#MILLRACE_C=3\n")
    assert ".env.example:3: no compose file uses MILLRACE_C" in repository.only_fault()


# --- layout


@pytest.mark.skipif(shutil.which("clang-format-14") is None, reason="the check itself reports this as a fault")
def test_layout_is_clang_formats(repository):
    repository.write(".clang-format", (HERE.parents[1] / ".clang-format").read_text())
    repository.append(TEST, "int  x;\n")
    assert repository.only_fault().startswith(f"{TEST}:2: clang-format-14 would change it")


def test_large_files_stay_out(repository):
    repository.write("docs/picture.svg", "x" * 103_000)
    assert "docs/picture.svg:1: 101 KiB" in repository.only_fault()


# --- functions are found by their braces

FUNCTIONS = """
namespace a {
enum class E { kA, kB };
constexpr std::array kUnits{Unit{"s", 1}, Unit{"m", 60}};
template <typename T, std::enable_if_t<(sizeof(T) > 1), int> = 0>
class ABSL_LOCKABLE C : public B<int> {
 public:
  C(int x) : a_(x), b_{2} {
    run();
  }
  int get() const { return 1; }
  explicit operator bool() const noexcept {
    return "}" != x && '}' != y;  // }
  }

 private:
  int a_ = 0;
  std::vector<int> b_{};
};
auto tail(int n) -> std::vector<int> {
  auto lambda = [] { return 1'000'000; };
  if (n) {
  }
}
#define OPEN {
std::string raw() {
  return R"({"a":{)";
}
TEST(Suite, Name) {
}
}  // namespace a
"""


def test_functions_are_found():
    found = [(f.signature, f.first_line, f.length) for f in cpp_source.functions(FUNCTIONS)]
    assert found == [
        ("C(int x) : a_(x), b_{2}", 8, 3),
        ("int get() const", 11, 1),
        ("explicit operator bool() const noexcept", 12, 3),
        ("auto tail(int n) -> std::vector<int>", 20, 5),
        ("std::string raw()", 26, 3),
        ("TEST(Suite, Name)", 29, 2),
    ]
