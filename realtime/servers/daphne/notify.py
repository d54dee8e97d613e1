"""What systemd wants to know of a service of ``Type=notify``: sd_notify(3), without its library."""

import os
import socket


def notify(state: str) -> None:
    """Tells the service manager, if one asked: ``"READY=1"`` or ``"STOPPING=1"``."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.connect("\0" + address[1:] if address[0] == "@" else address)
        manager.sendall(state.encode())
