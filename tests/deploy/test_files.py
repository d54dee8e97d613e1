"""The other files of deploy/: systemd's units, and the image with its compose file."""

import json
import re
import shlex
import subprocess

import pytest
import yaml

from realtime.management.commands.socketio_serve import Command
from realtime.options import Options
from tests.deploy.parts import DEPLOY, environment, placed, unit
from tests.harness.capabilities import program
from tests.harness.processes import ROOT

COMPOSE = yaml.safe_load((DEPLOY / "docker/compose.yaml").read_text())
SITES = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "voiceroom"}
DOCKERFILE = (DEPLOY / "docker/Dockerfile").read_text()
SETTINGS = (ROOT / "voiceroom/settings.py").read_text()


def served(command):
    """What ``manage.py socketio_serve`` makes of a command line."""
    python, manage, name, *arguments = command
    assert (manage, name) == ("manage.py", "socketio_serve")
    return Command().create_parser("manage.py", name).parse_args(arguments)


def seconds(text):
    return int(re.fullmatch(r"(\d+)s?", text)[1])


@pytest.mark.systemd
def test_systemd_itself_finds_no_fault(tmp_path):
    here = {"/srv/voiceroom/.venv/bin/python": "/usr/bin/env", "After=network.target redis-server.service": ""}
    (tmp_path / "voiceroom@.service").write_text(placed("systemd/voiceroom@.service", here))
    (tmp_path / "voiceroom.target").write_text(placed("systemd/voiceroom.target", {}))
    paths = [str(tmp_path / "voiceroom@8001.service"), str(tmp_path / "voiceroom.target")]
    (tmp_path / "voiceroom@8001.service").symlink_to(tmp_path / "voiceroom@.service")
    checked = subprocess.run([program("systemd"), "verify", "--man=no", *paths], capture_output=True, text=True)
    ours = [line for line in checked.stderr.splitlines() if "voiceroom" in line]
    assert checked.returncode == 0 and not ours, checked.stderr


def test_the_unit_serves_where_nginx_and_haproxy_look_and_leaves_the_time_to_stop():
    service = unit("systemd/voiceroom@.service")["Service"]
    options = served(shlex.split(service["ExecStart"].replace("%i", "8001")))
    assert (options.host, options.port, options.proxy_headers) == ("127.0.0.1", 8001, True)
    for path in ("nginx/voiceroom-upstream.conf", "haproxy/haproxy.cfg"):
        assert f"{options.host}:{options.port}" in (DEPLOY / path).read_text()
    assert int(service["TimeoutStopSec"]) > Options().stop_timeout + 10
    assert service["Type"] == "notify"


def test_the_environment_files_name_what_the_settings_read():
    wanted = set(environment())
    assert wanted == set(SITES["web1"]["environment"])
    for name in wanted:
        assert f'"{name}"' in SETTINGS, name


def test_the_image_is_made_of_what_there_is():
    ignored = (DEPLOY / "docker/Dockerfile.dockerignore").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists() and f"!{source}\n" in ignored, source
    command = json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[1])
    options = served(command)
    assert (options.host, options.port) == ("0.0.0.0", 8000)
    assert "http://127.0.0.1:8000/socket.io/health" in DOCKERFILE


def test_compose_starts_what_nginx_looks_for_and_leaves_the_time_to_stop():
    addresses = {service["networks"]["default"]["ipv4_address"] for service in SITES.values() if "networks" in service}
    upstream = (DEPLOY / "docker/voiceroom-upstream.conf").read_text()
    assert {f"{address}:8000" for address in addresses} == set(re.findall(r"server (\S+) ", upstream))
    assert seconds(SITES["web1"]["stop_grace_period"]) > Options().stop_timeout + 10
    for volume in COMPOSE["services"]["nginx"]["volumes"]:
        source = volume.partition(":")[0]
        named = source in COMPOSE["volumes"] or source == "./certificates"
        assert named or (DEPLOY / "docker" / source).is_file(), source
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on") or {}) <= set(COMPOSE["services"])
        for name in re.findall(r"manage.py (\S+)", " ".join(service.get("command") or [])):
            assert name == "migrate"
