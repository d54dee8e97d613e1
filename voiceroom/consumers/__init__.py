"""The two namespaces: ``/`` is the lobby, ``/rooms/<slug>`` one room.

Every command is acknowledged, with ``{"ok": True, ...}`` or ``{"error": {"code", ...}}``;
docs/reference/voice-protocol.md has them all. Plain ``def`` handlers run in a thread and may use the database.
"""

from voiceroom.consumers.lobby import Lobby
from voiceroom.consumers.room import RoomConsumer

__all__ = ["Lobby", "RoomConsumer"]
