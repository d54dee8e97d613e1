"""The shapes of docs/reference/voice-protocol.md as types: handlers are annotated with them, and
``manage.py socketio_schema`` writes them down. What a client sends is held against them.
"""

from voiceroom.protocol import answers, commands, news, things  # noqa: F401

VERSION = 1  # one more with each change that older pages cannot live with: they ask to be loaded again
