# SPDX-License-Identifier: Apache-2.0
"""The browser tests fail when they must, and say with what: against a page of our own, without a stack."""

import contextlib
import http.server
import threading
from pathlib import Path

import pytest

from browser.runner import Runner, names_in

FILE = "conduct.test.mjs"
PAGE = b"<!doctype html><title>A page</title><button>Go</button>"
# None: it passes.
REPORTS = {
    "a page that behaves": None,
    "an error on the console": "console error: out of order",
    "an error that nobody catches": "uncaught Error: nobody catches this",
    "a script of another host": "a request to another host: GET http://elsewhere.example/x.js",
    "an expectation that is not met": "the page is not as it should be: word, answered",
    "an error that the test expects": None,
}


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200 if self.path == "/" else 204)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", "default-src 'none'; script-src 'self'")
        self.end_headers()
        if self.path == "/":
            self.wfile.write(PAGE)

    def log_message(self, *_):
        """Nothing to the terminal."""


@pytest.fixture(name="runner", scope="module")
def fixture_runner(tmp_path_factory):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        scene = {
            "origin": f"http://127.0.0.1:{server.server_port}",
            "deviceUrl": "",
            "adminKey": "",
            "screenshots": str(tmp_path_factory.mktemp("screenshots")),
        }
        verbs = {"echo": lambda word: f"{word}, answered"}
        with contextlib.closing(Runner(FILE, scene, verbs)) as runner:
            yield runner
        server.shutdown()


def test_every_test_of_the_file_is_known(runner):
    assert runner.names == names_in(FILE) == list(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_browser_test_fails_when_it_must(runner, name):
    report = runner.report_of(name)
    if REPORTS[name] is None:
        assert report is None
        return
    assert REPORTS[name] in report
    # And what somebody needs who was not there.
    assert 'button "Go"' in report
    assert Path(report.partition("screenshot: ")[2].splitlines()[0]).read_bytes().startswith(b"\x89PNG")
