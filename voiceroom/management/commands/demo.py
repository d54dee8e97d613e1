"""``manage.py demo``: the voice rooms on this machine, with people and conversations in them."""

import socket
from pathlib import Path

from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Makes the database, fills it, and serves the demo with daphne on 127.0.0.1. Ctrl-C ends it."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000, help="where to serve, or the next free one (8000)")
        parser.add_argument("--fresh", action="store_true", help="begin with a new database")

    def handle(self, *args, port, fresh, **options):
        from voiceroom.seed import seed

        if fresh:
            self.remove_database()
        call_command("migrate", verbosity=0)
        logins = seed()
        self.serve(self.free_port(port), logins)

    def remove_database(self):
        connection.close()
        name = connection.settings_dict["NAME"]
        for suffix in ("", "-wal", "-shm"):  # SQLite's companions
            Path(f"{name}{suffix}").unlink(missing_ok=True)
        self.stdout.write(f"Removed {name}")

    def free_port(self, wanted):
        for port in range(wanted, min(wanted + 100, 65536)):
            if is_free(port):
                return port
            self.stderr.write(f"Port {port} is busy, taking the next.")
        raise CommandError(f"No free port from {wanted} on. Try --port.")

    def serve(self, port, logins):
        from channels.routing import get_default_application
        from daphne.endpoints import build_endpoint_description_strings
        from daphne.server import Server
        from twisted.internet import reactor

        def ready():
            people = ", ".join(f"{name}/{password}" for name, password in logins)
            self.stdout.write(f"Ready: http://{HOST}:{port}/ logins: {people} (Ctrl-C ends)")
            self.stdout.flush()

        reactor.callWhenRunning(ready)  # the endpoints listen by then
        Server(
            application=get_default_application(),
            endpoints=build_endpoint_description_strings(host=HOST, port=port),
            server_name="daphne",
        ).run()
        self.stdout.write("Stopped.")


def is_free(port):
    """Whether a server could listen there. Asked as servers do: a port in TIME_WAIT is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
