# SPDX-License-Identifier: Apache-2.0
"""The last line of tests/run must not be wrong in anybody's favour."""

import subprocess
from pathlib import Path

TALLY = Path(__file__).with_name("tally.py")


def tally(*arguments):
    done = subprocess.run([TALLY, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines(), done.returncode


def junit(path, *cases):
    path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    return path


PASSED = '<testcase classname="c" name="good" status="run"/>'
FAILED = '<testcase classname="c" name="bad" status="fail"><failure message=""/></testcase>'
BROKEN = '<testcase classname="c" name="broken"><error message=""/></testcase>'
SKIPPED = '<testcase classname="c" name="later"><skipped/></testcase>'

# As ctest writes them.
CTEST_SKIPPED = """<testcase name="later" classname="later" status="notrun">
  <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>"""
CTEST_MISSING = """<testcase name="gone" classname="gone" status="notrun">
  <skipped message="Unable to find executable"/></testcase>"""


def test_files_are_added_up(tmp_path):
    one = junit(tmp_path / "one.xml", PASSED, PASSED)
    other = junit(tmp_path / "other.xml", PASSED)
    assert tally(one, other) == (["3 passed, 0 failed"], 0)


def test_failures_and_errors_are_named_and_counted(tmp_path):
    one = junit(tmp_path / "one.xml", PASSED, FAILED, BROKEN)
    lines, status = tally(one)
    assert lines == ["failed: c.bad", "failed: c.broken", "1 passed, 2 failed"]
    assert status == 1


def test_skipped_tests_are_neither(tmp_path):
    one = junit(tmp_path / "one.xml", PASSED, SKIPPED, CTEST_SKIPPED)
    assert tally(one) == (["skipped: 2", "1 passed, 0 failed"], 0)


def test_a_program_that_ctest_cannot_run_is_a_failure(tmp_path):
    lines, status = tally(junit(tmp_path / "one.xml", PASSED, CTEST_MISSING))
    assert lines[-1] == "1 passed, 1 failed"
    assert status == 1


def test_a_missing_or_torn_result_is_a_failure(tmp_path):
    torn = tmp_path / "torn.xml"
    torn.write_text("<testsuite><testcase")
    lines, status = tally(tmp_path / "missing.xml", torn)
    assert lines[-1] == "0 passed, 2 failed"
    assert status == 1


def test_no_test_at_all_is_no_success(tmp_path):
    assert tally(junit(tmp_path / "empty.xml")) == (["0 passed, 0 failed"], 1)


def test_an_outcome_can_be_recorded(tmp_path):
    for outcome, line in (("passed", "1 passed, 0 failed"), ("failed", "0 passed, 1 failed")):
        path = tmp_path / f"{outcome}.xml"
        assert tally("--record", path, outcome) == ([], 0)
        assert tally(path)[0][-1] == line
