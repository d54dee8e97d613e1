"""The ASGI application: Django's pages, and Socket.IO in front of them.

Serve it with ``daphne voiceroom.asgi:application``.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceroom.settings")

from django.core.asgi import get_asgi_application  # noqa: E402

pages = get_asgi_application()  # loads Django; what comes below needs it loaded

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402
from django.urls import path  # noqa: E402

from realtime import EngineIO  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402
from voiceroom.consumers import Lobby, RoomConsumer  # noqa: E402

application = EngineIO(
    ProtocolTypeRouter(
        {
            "http": ASGIStaticFilesHandler(pages) if settings.DEBUG else pages,
            "socketio": AuthMiddlewareStack(
                URLRouter(
                    [
                        path("", Lobby.as_asgi()),
                        path("rooms/<slug:room>", RoomConsumer.as_asgi()),
                    ]
                )
            ),
        }
    )
)
