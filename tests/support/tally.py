#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up JUnit files of ctest and pytest; the last line is `N passed, N failed`.

  tally.py FILE...                        a file that is missing counts as one failure
  tally.py --record FILE passed|failed    writes a file with one test
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def outcomes(path):
    """(passed, names of failed, skipped)"""
    passed, failed, skipped = 0, [], 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        skip = case.find("skipped")
        # What ctest cannot start it calls skipped too.
        broken = case.get("status") == "notrun" and "SKIP_" not in skip.get("message", "")
        if broken or case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif skip is not None or case.get("status") == "disabled":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def add_up(paths):
    passed, failed, skipped = 0, [], 0
    for path in map(Path, paths):
        try:
            its_passed, its_failed, its_skipped = outcomes(path)
        except (OSError, ElementTree.ParseError) as error:
            failed.append(f"{path.stem}: no result ({error})")
            continue
        passed += its_passed
        failed += its_failed
        skipped += its_skipped
    return passed, failed, skipped


def record(path, outcome):
    name = Path(path).stem
    failure = "<failure/>" if outcome == "failed" else ""
    Path(path).write_text(
        f'<testsuite><testcase classname="tests" name="{name}">{failure}</testcase></testsuite>\n',
        encoding="utf-8",
    )


def main():
    if sys.argv[1:2] == ["--record"]:
        record(*sys.argv[2:4])
        return 0
    passed, failed, skipped = add_up(sys.argv[1:])
    for name in failed:
        print(f"failed: {name}")
    if skipped:
        print(f"skipped: {skipped}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
