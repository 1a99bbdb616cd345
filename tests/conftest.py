# SPDX-License-Identifier: Apache-2.0
"""Fixtures for every folder below; support/stack.py has them and says what they give."""

import pytest

from support import stack as stack_support
from support.stack import make_stack, postgres, shared_stack, stack  # noqa: F401  (fixtures)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the last lines of every log of its stacks."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.failed = True
        for title, text in stack_support.log_tails():
            report.sections.append((title, text))
