"""``manage.py demo``: the voice rooms on this machine, with people and conversations in them."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from voiceroom import lan
from voiceroom.bots.lines import CAST
from voiceroom.seed import let_in, seed

HOST, EVERYWHERE = "127.0.0.1", "0.0.0.0"
LOCAL = ["localhost", "127.0.0.1", "::1"]
BOTS = 5
FAREWELL = 0.5  # seconds in which the server tidies up behind them
FILES = Path(settings.BASE_DIR) / ".cache" / "demo"  # the certificate and the secret


class Command(BaseCommand):
    help = "Makes the database, fills it, and serves the demo with daphne on 127.0.0.1. Ctrl-C ends it."

    def add_arguments(self, parser):
        number = range(len(CAST) + 1)
        parser.add_argument("--port", type=int, default=8000, help="where to serve, or the next free one (8000)")
        parser.add_argument("--fresh", action="store_true", help="begin with a new database")
        parser.add_argument(
            "--bots", type=int, choices=number, default=BOTS, help=f"simulated people, 0 to {len(CAST)} ({BOTS})"
        )
        parser.add_argument("--https", action="store_true", help="with a certificate that it signs itself")
        parser.add_argument("--lan", action="store_true", help="for the local network too, say a phone; with https")
        parser.add_argument("--redis", metavar="URL", help="the channel layer, instead of this process's memory")

    def handle(self, *args, port, fresh, bots, https, redis, **options):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's & has it ignored, and Ctrl-C ends this
        self.address = self.lan_address() if options["lan"] else None
        self.host = EVERYWHERE if self.address else HOST
        self.files = lan.certificate(FILES, self.names()) if https or self.address else None
        port = self.free_port(port)
        self.with_settings(redis, port)
        if fresh:
            self.remove_database()
        call_command("migrate", verbosity=0)
        logins = seed()
        self.serve(port, logins, bots)

    # -- the options that are settings ------------------------------------------------------------------------

    def lan_address(self):
        if found := lan.address():
            return found
        raise CommandError("This machine is in no network. Without --lan it works all the same, for this machine.")

    def names(self):
        return [*LOCAL, *([self.address] if self.address else [])]

    def origins(self, port):
        scheme = "https" if self.files else "http"
        return [f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}" for name in self.names()]

    def with_settings(self, redis, port):
        """settings.py takes these from the environment. It was read already: begin again, in the same process."""
        wanted = {"REDIS_URL": self.checked(redis)} if redis else {}
        if self.files:
            wanted["CSRF_TRUSTED_ORIGINS"] = ",".join(self.origins(port))
        if self.address:
            wanted["ALLOWED_HOSTS"] = ",".join(f"[{name}]" if ":" in name else name for name in self.names())
            wanted["SECRET_KEY"] = lan.secret(FILES)
        if any(os.environ.get(name) != value for name, value in wanted.items()):
            begin_again({**os.environ, **wanted})

    def checked(self, url):
        import redis

        try:
            with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
                client.ping()
        except (redis.RedisError, ValueError) as error:
            raise CommandError(f"No Redis answers there: {error}") from None
        return url

    # -- before it serves -------------------------------------------------------------------------------------

    def remove_database(self):
        connection.close()
        name = connection.settings_dict["NAME"]
        for suffix in ("", "-wal", "-shm"):  # SQLite's companions
            Path(f"{name}{suffix}").unlink(missing_ok=True)
        self.stdout.write(f"Removed {name}")

    def free_port(self, wanted):
        for port in range(wanted, min(wanted + 100, 65536)):
            if is_free(self.host, port):
                return port
            self.stderr.write(f"Port {port} is busy, taking the next.")
        raise CommandError(f"No free port from {wanted} on. Try --port.")

    # -- while it serves --------------------------------------------------------------------------------------

    def serve(self, port, logins, bots):
        from channels.routing import get_default_application
        from twisted.internet import reactor

        from realtime.servers.daphne import Server

        company = Company(self.origins(port)[1], bots, self.files and self.files[0])

        def ready():
            if bots:
                self.stdout.write(company.start())
                end_first(company)
            self.greet(port, logins)

        reactor.callWhenRunning(ready)  # the endpoints listen by then
        try:
            Server(application=get_default_application(), endpoints=[self.endpoint(port)], server_name="daphne").run()
        finally:
            company.end()
        self.stdout.write("Stopped.")

    def endpoint(self, port):
        if not self.files:
            return f"tcp:port={port}:interface={self.host}"
        certificate, key = (str(path).replace("\\", "\\\\").replace(":", "\\:") for path in self.files)
        return f"ssl:port={port}:interface={self.host}:privateKey={key}:certKey={certificate}"

    def greet(self, port, logins):
        """What the newcomer needs; the ready line is the last."""
        scheme = "https" if self.files else "http"
        if self.files:
            self.stdout.write("The browser will say that it does not know the certificate: this machine made it.")
        if self.address:
            self.stdout.write(f"In this network: {scheme}://{self.address}:{port}/")
            self.stdout.write("Everybody in this network can log in with these names, as the administrator too.")
        people = ", ".join(f"{name}/{password}" for name, password in logins)
        self.stdout.write(f"Ready: {scheme}://{HOST}:{port}/ logins: {people} (Ctrl-C ends)")
        self.stdout.flush()


class Company:
    """The simulated people, in a process of their own. It ends with this one: its standard input closes."""

    def __init__(self, url, number, authority):
        self.command = [sys.executable, "-m", "voiceroom.bots", url, "--people", str(number)]
        self.command += ["--authority", str(authority)] if authority else []
        self.process = None
        self.password = secrets.token_urlsafe(16)
        let_in(self.password)

    def start(self):
        """Starts it, and answers a line about it."""
        if not (find_spec("socketio") and find_spec("aiohttp")):
            return "No simulated people: they need more, pip install -e '.[bots]'."
        # In a session of their own a terminal's Ctrl-C does not reach them: they are sent home.
        self.process = subprocess.Popen(
            self.command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, start_new_session=True
        )
        self.process.stdin.write(f"{self.password}\n".encode())
        self.process.stdin.flush()
        sound = "" if find_spec("aiortc") else " Without aiortc they are heard by socket frames only."
        return f"Simulated people are coming in (--bots 0 for none).{sound}"

    def end(self):
        """Sends them home. A second time does nothing."""
        process, self.process = self.process, None
        if process is None:
            return
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_first(company):
    """On Ctrl-C the simulated people go home first: the server is still there to take leave of."""
    from twisted.internet import reactor
    from twisted.internet.threads import deferToThread

    def end():
        deferToThread(company.end).addBoth(lambda _: reactor.callLater(FAREWELL, reactor.stop))

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: reactor.callFromThread(end))


def begin_again(environment):
    """Runs the same command with another environment, in place of this one. Windows has no such thing: in a child."""
    command = [sys.executable, *sys.orig_argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command, env=environment))
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)


def is_free(host, port):
    """Whether a server could listen there. Asked as servers do: a port in TIME_WAIT is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
