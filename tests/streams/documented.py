"""The consumer of docs/how-to/streams.md, served: ``daphne tests.streams.documented:application``."""

import os
import re

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from tests.harness.processes import ROOT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
get_asgi_application()

from django.conf import settings  # noqa: E402

from realtime import EngineIO  # noqa: E402

settings.MEDIA_ROOT = os.environ["STREAMS_MEDIA"]
PAGE = (ROOT / "docs/how-to/streams.md").read_text()
names = {"__name__": "files.consumers"}
exec(re.search(r"```python\n(.*?)```", PAGE, re.S)[1], names)
application = EngineIO(ProtocolTypeRouter({"socketio": names["Files"].as_asgi()}))
