# SPDX-License-Identifier: Apache-2.0
"""What is shown of a device, live and of the past."""

from browser.runner import browser_tests

runner, test_in_browser = browser_tests("telemetry.test.mjs")
