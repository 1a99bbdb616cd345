# SPDX-License-Identifier: Apache-2.0
"""The command `millrace` as a person at a terminal runs it."""

import csv
import io
import json
import re
import subprocess

from support.child import clean_environment
from support.paths import BIN


class Cli:
    """Runs the command; its addresses and key come from the environment, as for a user."""

    def __init__(self, stack):
        self.environment = {
            **clean_environment(),
            "MILLRACE_REGISTRY_ADDRESS": stack["registry"].address,
            "MILLRACE_QUERY_ADDRESS": stack["query"].address,
            "MILLRACE_HTTP_URL": f"http://{stack['http-receiver'].address}",
            "MILLRACE_MQTT_ADDRESS": stack["mqtt-receiver"].address,
            "MILLRACE_KEY_FILE": str(stack.admin_key_file),
        }

    def run(self, *arguments, stdin="", **environment):
        return subprocess.run(
            [str(BIN / "millrace"), *map(str, arguments)],
            input=stdin.encode(),
            env={**self.environment, **environment},
            capture_output=True,
            check=False,
            timeout=120,
        )

    def __call__(self, *arguments, **more):
        """Its standard output; it must succeed and say nothing else."""
        done = self.run(*arguments, **more)
        assert (done.returncode, done.stderr) == (0, b""), (arguments, done.stderr)
        return done.stdout.decode()

    def json(self, *arguments, **more):
        return json.loads(self(*arguments, "--format", "json", **more))

    def csv(self, *arguments, **more):
        text = self(*arguments, "--format", "csv", **more)
        lines = text.split("\r\n")
        assert lines[-1] == "" and not any("\n" in line for line in lines[:1])
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def table(self, *arguments, **more):
        """[{heading: cell}]; every cell begins below its heading."""
        heading, *rows = self(*arguments, **more).splitlines()
        starts = [match.start() for match in re.finditer(r"(?<!\S)\S+(?: \S+)*", heading)]
        names = re.split(r"  +", heading)
        ends = [*starts[1:], None]
        return [
            {name: row[a:b].rstrip() for name, a, b in zip(names, starts, ends)} for row in rows
        ]

    def fails(self, *arguments, status=1, **more):
        """What it says on stderr; nothing on stdout."""
        done = self.run(*arguments, **more)
        assert (done.returncode, done.stdout) == (status, b""), (arguments, done)
        assert done.stderr.decode().strip()
        return done.stderr.decode()
