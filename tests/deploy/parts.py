"""The files of deploy/, as they are but for the lines that name this or that machine."""

import configparser
import datetime
import os
import shlex
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.harness.capabilities import program
from tests.harness.processes import HOST, ROOT, Process, free_port

DEPLOY = ROOT / "deploy"
NAME = "voiceroom.example.org"


def placed(path, here):
    """The text of a file, changed for this machine: ``here`` is what stands there -> what it is here."""
    text = (DEPLOY / path).read_text()
    for before, after in here.items():
        assert before in text, f"{path} has no {before!r}"
        text = text.replace(before, str(after))
    return text


def environment(path="systemd/voiceroom.env"):
    """The variables of an EnvironmentFile."""
    lines = (DEPLOY / path).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit(path):
    """A unit file of systemd; of a key given several times, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#", delimiters="=")
    parser.optionxform = str
    parser.read(DEPLOY / path)
    return parser


def certificate(directory):
    """A self-signed certificate for the site: paths of ``fullchain.pem`` and ``privkey.pem``, and both in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    until = now + datetime.timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, until)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    chain = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "fullchain.pem").write_bytes(chain)
    (directory / "privkey.pem").write_bytes(secret)
    (directory / "voiceroom.pem").write_bytes(chain + secret)
    return directory


class Unit(Process):
    """What ``systemctl start voiceroom@PORT`` starts: the command of the unit, with its environment."""

    def __init__(self, changes):
        super().__init__(env={**environment(), **changes, "DJANGO_SETTINGS_MODULE": "voiceroom.settings"}, cwd=ROOT)

    def command(self):
        line = unit("systemd/voiceroom@.service")["Service"]["ExecStart"]
        python, *arguments = shlex.split(line.replace("%i", str(self.port)))
        assert python == "/srv/voiceroom/.venv/bin/python"
        return [sys.executable, *arguments]


class Nginx(Process):
    """nginx with the two files of deploy/nginx in its conf.d."""

    WHOLE = """
daemon off; pid {directory}/pid; error_log stderr warn; {user} worker_processes 1;
events {{ }}
http {{
    include mime.types;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    access_log {directory}/access.log;
    include conf.d/*.conf;
}}
"""

    def __init__(self, directory, ports):
        super().__init__()
        self.directory, self.plain = directory, free_port()
        (directory / "conf.d").mkdir()
        (directory / "mime.types").write_text("types { image/svg+xml svg; }")
        user = f"user {Path(directory).owner()};" if os.geteuid() == 0 else ""  # others have no choice
        (directory / "nginx.conf").write_text(self.WHOLE.format(directory=directory, user=user))
        servers = {f"127.0.0.1:800{number}": f"{HOST}:{port}" for number, port in enumerate(ports, 1)}
        self.place("voiceroom-upstream.conf", servers)
        here = {
            "listen 80;": f"listen {HOST}:{self.plain};",
            "listen 443 ssl;": f"listen {HOST}:{self.port} ssl;",
            f"/etc/letsencrypt/live/{NAME}/": f"{directory}/",
            "/var/log/nginx/": f"{directory}/",
            "/srv/voiceroom/staticfiles/": f'"{ROOT}/static/"',  # a checkout may lie in a folder with a space
        }
        self.place("voiceroom.conf", here)

    def place(self, name, lines):
        (self.directory / "conf.d" / name).write_text(placed(f"nginx/{name}", lines))

    def command(self):
        return [program("nginx"), "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", "stderr"]

    def check(self):
        """What ``nginx -t`` says."""
        return subprocess.run([*self.command(), "-t"], capture_output=True, text=True)


class HAProxy(Process):
    """HAProxy with deploy/haproxy/haproxy.cfg."""

    def __init__(self, directory, ports):
        super().__init__()
        self.directory, self.plain = directory, free_port()
        here = {f"127.0.0.1:800{number}": f"{HOST}:{port}" for number, port in enumerate(ports, 1)}
        here["bind :80\n"] = f"bind {HOST}:{self.plain}\n"
        here["bind :443 "] = f"bind {HOST}:{self.port} "
        here["/etc/haproxy/"] = f"{directory}/"
        (directory / "haproxy.cfg").write_text(placed("haproxy/haproxy.cfg", here))

    def command(self):
        return [program("haproxy"), "-db", "-f", str(self.directory / "haproxy.cfg")]

    def check(self):
        """What ``haproxy -c`` says."""
        return subprocess.run([*self.command(), "-c"], capture_output=True, text=True)


PEOPLE = """
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, BACKEND_SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
call_command("migrate", verbosity=0)
ada = User.objects.create_user("ada")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(ada.pk), ada.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.create()
print("key", session.session_key)
"""


def with_ada(database):
    """Makes the database of the site, with one person in it; returns the cookie of her session."""
    env = {**os.environ, **environment(), "DATABASE": str(database), "REDIS_URL": ""}
    env["DJANGO_SETTINGS_MODULE"] = "voiceroom.settings"
    command = [sys.executable, "manage.py", "shell", "--command", PEOPLE]
    printed = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout
    return "sessionid=" + printed.partition("key ")[2].split()[0]
