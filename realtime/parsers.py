"""The parser that options ask for: with their limits, their JSON classes, and orjson where it makes no difference."""

from typing import Any

from realtime import conf
from realtime.options import Options
from realtime.socketio.parser import parser

REMEMBERED = 100
_made: dict[int, tuple[Options, Any]] = {}  # ids of options -> (options, parser)


def parser_for(options: Options) -> Any:
    """The parser for ``options``; the same one again for the same options. Raises ``ValueError`` for an unknown one."""
    made = _made.get(id(options))
    if made is None:
        if len(_made) >= REMEMBERED:
            _made.clear()
        # The options are kept too: as long as they live, nothing else has their id.
        made = _made[id(options)] = options, parser(options.parser, **_json(options), **_limits(options))
    return made[1]


def project_parser() -> Any:
    """The parser of the settings."""
    return parser_for(conf.options())


def _json(options: Options) -> dict[str, Any]:
    """What the four JSON options come to. Django's own ``default`` is there when nothing was said."""
    from django.core.serializers.json import DjangoJSONEncoder

    unsaid = options.json_default in (None, conf.django_default())
    encoder = None if options.json_encoder is DjangoJSONEncoder else options.json_encoder
    return {
        "default": options.json_default if encoder is None or not unsaid else None,
        "encoder": encoder,
        "decoder": options.json_decoder,
        "fast": unsaid and encoder is None,
    }


def _limits(options: Options) -> dict[str, int]:
    return {
        "max_attachments": options.max_attachments,
        "max_depth": options.max_json_depth,
        "max_attachment_bytes": options.max_http_buffer_size,
        "max_name_length": options.max_name_length,
    }
