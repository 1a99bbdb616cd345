# SPDX-License-Identifier: Apache-2.0
"""Pages of other sites that send uploads, in Chromium: what a browser makes of CORS."""

import contextlib
import html
import http.server
import json
import re
import subprocess
import threading

import pytest

from browser.runner import chromium
from service.receiver_scene import uploads_of
from support.ports import free_port
from support.stack import running_stack

PAGE = """<!doctype html><title>uploads</title><pre id="told"></pre><script type="module">
async function sent(options) {
  try {
    const answer = await fetch("%s", { method: "POST", ...options });
    return { status: answer.status, id: answer.headers.get("x-request-id") };
  } catch {
    return "kept from the page";
  }
}
document.querySelector("#told").textContent = JSON.stringify([
  await sent({ body: "1" }),
  await sent({ body: "2", headers: { "Content-Type": "application/json", "X-Request-Id": "page-1" } }),
  await sent({ body: "no JSON" }),
  await sent({ body: "3", headers: { "X-Other": "not allowed" } }),
]);
</script>"""


@contextlib.contextmanager
def site(text):
    """A page on a port of its own; its origin."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # pylint: disable=invalid-name
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def told_by(origin, profile):
    """What the page wrote down."""
    done = subprocess.run(
        [
            *(chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--disable-dev-shm-usage", f"--user-data-dir={profile}", "--no-first-run"),
            *("--no-proxy-server", "--virtual-time-budget=30000", f"{origin}/"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = re.search(r'<pre id="told">(.+?)</pre>', done.stdout)
    assert found, (done.stdout, done.stderr[-2000:])
    return json.loads(html.unescape(found[1]))


@pytest.fixture(name="stack", scope="module")
def stack_fixture(postgres):
    with running_stack(postgres, "registry") as stack:
        yield stack


def test_a_page_of_an_allowed_site_sends_and_reads(stack, tmp_path):
    device = stack.registry.create_device()
    url = []
    with site(lambda: PAGE % url[0]) as origin:
        receiver = stack.start("http-receiver", allowed_origins=f"https://a.example, {origin}")
        url.append(f"http://127.0.0.1:{receiver.port}/{device.path}")
        plain, json_typed, refused, other = told_by(origin, tmp_path)
    assert plain["status"] == 200 and plain["id"]
    assert json_typed == {"status": 200, "id": "page-1"}
    assert refused["status"] == 400
    assert other == "kept from the page"
    assert [event.data_samples for event in uploads_of(stack, device)] == [b"1", b"2"]


def test_a_page_of_another_site_reads_nothing(stack, tmp_path):
    device = stack.registry.create_device()
    url = []
    with site(lambda: PAGE % url[0]) as origin:
        receiver = stack.start("http-receiver", name="closed")
        url.append(f"http://127.0.0.1:{receiver.port}/{device.path}")
        assert told_by(origin, tmp_path) == ["kept from the page"] * 4
    # What needs no leave is sent all the same, as by any form of any site; what does is not.
    assert [event.data_samples for event in uploads_of(stack, device)] == [b"1"]
