# SPDX-License-Identifier: Apache-2.0
"""setup.test.mjs: from signing in to the first points, and who may do what."""

import pytest

from browser.runner import names_in, running

FILE = "setup.test.mjs"


@pytest.fixture(name="runner", scope="module")
def fixture_runner(postgres):
    with running(postgres, FILE) as runner:
        yield runner


@pytest.mark.parametrize("name", names_in(FILE))
def test_in_browser(runner, name):
    runner.run(name)
