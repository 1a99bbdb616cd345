# SPDX-License-Identifier: Apache-2.0
"""The pictures of docs/, in test-results/screenshots/docs-*.png."""

from browser.runner import browser_tests

runner, test_in_browser = browser_tests("pictures.test.mjs")
