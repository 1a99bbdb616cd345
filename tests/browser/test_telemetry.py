# SPDX-License-Identifier: Apache-2.0
"""telemetry.test.mjs: what is shown of a device, live and of the past."""

import pytest

from browser.runner import names_in, running

FILE = "telemetry.test.mjs"


@pytest.fixture(name="runner", scope="module")
def fixture_runner(postgres):
    with running(postgres, FILE) as runner:
        yield runner


@pytest.mark.parametrize("name", names_in(FILE))
def test_in_browser(runner, name):
    runner.run(name)
