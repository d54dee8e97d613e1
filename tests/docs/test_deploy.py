"""docs/how-to/deploy.md names every file of deploy/, and its commands for the site itself succeed."""

import os
import re
import shlex
import subprocess
import sys

from tests.deploy.parts import DEPLOY, environment
from tests.harness.processes import ROOT

PAGE = (ROOT / "docs/how-to/deploy.md").read_text()


def test_every_file_is_named():
    files = {path.relative_to(ROOT).as_posix() for path in DEPLOY.rglob("*") if path.is_file()}
    assert {file for file in files if file not in PAGE} == {
        "deploy/docker/voiceroom-upstream.conf", "deploy/docker/Dockerfile.dockerignore",
    }  # fmt: skip
    assert {name for name in re.findall(r"deploy/[\w./@-]+\w", PAGE) if not (ROOT / name).exists()} == {
        "deploy/docker/certificates"
    }


def test_the_site_is_set_up_as_written(tmp_path):
    """Step 3, word by word, but for where the database is."""
    commands = re.findall(r"^   \.venv/bin/python (manage\.py [\w -]+?)(?: &&.*)?$", PAGE, re.MULTILINE)
    assert [shlex.split(command)[1] for command in commands] == ["check", "migrate", "collectstatic"]
    env = {**os.environ, **environment(), "DATABASE": str(tmp_path / "db.sqlite3"), "SECRET_KEY": "x" * 25 + "yz" * 25}
    env["DJANGO_SETTINGS_MODULE"] = "voiceroom.settings"
    for command in commands:
        more = ["--dry-run"] if "collectstatic" in command else []
        done = subprocess.run(
            [sys.executable, *shlex.split(command), *more], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0 and "realtime." not in done.stderr, done.stderr
