# SPDX-License-Identifier: Apache-2.0
"""What holds for every page."""

from browser.runner import browser_tests

runner, test_in_browser = browser_tests("pages.test.mjs")
