# SPDX-License-Identifier: Apache-2.0
"""deploy/install-packages asks for what is missing and for nothing else, with stand-ins for dpkg and apt."""

import shutil
import subprocess

import pytest

from support.paths import ROOT

LIST = """
# --- build ---
g++   # compiles
nodejs unless node
npm unless npm
# --- run: somewhere ---
curl
"""


@pytest.fixture(name="wanted")
def fixture_wanted(tmp_path):
    """wanted(installed packages, commands, sections): the packages that apt is asked for."""
    shutil.copy(ROOT / "deploy/install-packages", tmp_path)
    (tmp_path / "packages").write_text(LIST, "utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    asked = tmp_path / "asked"

    def program(name, *lines):
        (programs / name).write_text("\n".join(["#!/bin/bash", *lines, ""]), "utf-8")
        (programs / name).chmod(0o755)

    def run(installed, commands, *sections):
        asked.unlink(missing_ok=True)
        program("dpkg-query", *(f"echo {package} installed" for package in installed))
        program("apt-get", f'[[ " $* " == *" --simulate "* ]] || printf "%s " "$@" >{asked}')
        program("sudo", 'exec "$@"')
        for command in commands:
            program(command)
        for needed in ("awk", "bash", "dirname", "readlink", "env"):
            (programs / needed).unlink(missing_ok=True)
            (programs / needed).symlink_to(shutil.which(needed))
        done = subprocess.run(
            [tmp_path / "install-packages", *sections],
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        words = asked.read_text("utf-8").split() if asked.exists() else []
        return words[words.index("--no-install-recommends") + 1 :] if words else []

    return run


def test_what_is_not_installed_is_asked_for(wanted):
    assert wanted(["curl"], [], "build", "run") == ["g++", "nodejs", "npm"]


def test_a_command_that_is_there_stands_for_its_package(wanted):
    assert wanted(["g++"], ["npm"], "build") == ["nodejs"]


def test_nothing_is_asked_for_when_nothing_is_missing(wanted):
    assert wanted(["g++"], ["node", "npm"], "build") == []
