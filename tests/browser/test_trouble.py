# SPDX-License-Identifier: Apache-2.0
"""What the page says when something is wrong."""

from browser.runner import browser_tests

runner, test_in_browser = browser_tests("trouble.test.mjs")
