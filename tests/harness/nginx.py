"""A real nginx in front of servers: plain round robin, no sticky sessions, and a record of every answer."""

import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from tests.harness.capabilities import program
from tests.harness.processes import HOST, Process

CONFIGURATION = """
daemon off;
pid {directory}/pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 8192; }}
http {{
    log_format answers '$status $request_method $upstream_addr $arg_transport $request_time';
    access_log {directory}/access.log answers;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream servers {{
        {servers}
    }}
    server {{
        listen {host}:{port} backlog=4096;
        client_max_body_size 2m;
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_next_upstream error timeout http_503;
            proxy_buffering off;
            proxy_read_timeout 1h;
            proxy_send_timeout 1h;
            proxy_next_upstream error timeout http_503;
        }}
    }}
}}
"""


class NginxServer(Process):
    """``with NginxServer([daphne.port, other.port]) as nginx: nginx.url``. Each request goes to the next server.

    The next one is asked where a server refuses a connection, or stops; with the next request it is asked again.
    """

    def __init__(self, ports, configuration=CONFIGURATION, **more):
        super().__init__(**more)
        self.ports, self.configuration = list(ports), configuration
        self.directory = Path(tempfile.mkdtemp(prefix="nginx-"))
        self.directory.chmod(0o755)  # started by root, its workers are nobody

    def command(self):
        nginx = program("nginx")
        if nginx is None:
            raise RuntimeError("nginx is missing")
        servers = "\n        ".join(f"server {HOST}:{port} max_fails=0;" for port in self.ports)
        values = {"directory": self.directory, "servers": servers, "host": HOST, "port": self.port}
        (self.directory / "nginx.conf").write_text(self.configuration.format(**values))
        return [nginx, "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", "stderr"]

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    @property
    def answers(self):
        """The access log so far: (status, method, address of the server, transport, seconds) of each request."""
        lines = (self.directory / "access.log").read_text().splitlines()
        found = (re.fullmatch(r"(\d+) (\S+) (.*) (\S+) (\S+)", line) for line in lines)
        return [(int(each[1]), each[2], each[3], each[4], float(each[5])) for each in found if each]

    @property
    def statuses(self):
        """How often each status was answered."""
        return Counter(answer[0] for answer in self.answers)

    def __exit__(self, *exc):
        super().__exit__(*exc)
        shutil.rmtree(self.directory, ignore_errors=True)
