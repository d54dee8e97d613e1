"""How JSON text is made and read: the standard library's encoder, orjson's where it gives the same, classes of yours.

NaN and Infinity are refused whatever is used, in both directions.
"""

import json
import math
from collections.abc import Callable
from json import encoder as json_encoder
from json.scanner import make_scanner
from typing import Any

from ..exceptions import PacketError

orjson: Any
try:
    import orjson
except ImportError:
    orjson = None

# The C encoder is no part of the public module; without it (not CPython) there is None.
c_make_encoder: Any = getattr(json_encoder, "c_make_encoder", None)
encode_basestring: Any = getattr(json_encoder, "encode_basestring")  # noqa: B009
Default = Callable[[Any], Any]  # from what JSON cannot carry to what it can
STYLE: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False, "check_circular": False, "separators": (",", ":")}


def stdlib_dumps(default: Default) -> Callable[[Any], str]:
    """A function from a value to compact JSON."""
    # check_circular off: a cycle ends in RecursionError, and the check costs 0.4 us a packet.
    encoder = json.JSONEncoder(default=default, **STYLE)
    if c_make_encoder is None:  # not CPython
        return encoder.encode
    # Its encode() makes the C encoder anew for each value: 0.9 us, this 0.25.
    chunks = c_make_encoder(None, encoder.default, encode_basestring, None, ":", ",", False, False, False)
    return lambda value: "".join(chunks(value, 0))


def fast_dumps(default: Default) -> Callable[[Any], str]:
    """The same by orjson where it is installed; whatever it may do differently is left to the standard library.

    A chat message takes 0.3 us instead of 0.6, a page of 50 posts (11 kB) 10 instead of 46. Reading stays with the
    standard library: orjson makes floats of integers over 64 bits, and to look for them takes what it saves.
    """
    dumps = stdlib_dumps(default)
    if orjson is None:
        return dumps
    fast, options = orjson.dumps, orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

    def encode(value: Any) -> str:
        try:
            text: str = fast(value, default, options).decode()
        except TypeError:  # bytes, other keys than str, lone surrogates, integers over 64 bits, what has no JSON form
            return dumps(value)
        # It writes NaN and Infinity as null, which we refuse. Looked for in str: in bytes it costs 0.2 us more.
        return dumps(value) if "null" in text else text

    return encode


def class_dumps(encoder: type[json.JSONEncoder], default: Default) -> Callable[[Any], str]:
    """The same by a ``json.JSONEncoder`` class whose ``encode`` or ``iterencode`` is its own."""
    ours = type(encoder.__name__, (encoder,), {"default": lambda self, value: default(value)})(**STYLE)
    ours.allow_nan = False
    encode: Callable[[Any], str] = ours.encode
    return encode


def encodes_itself(encoder: type[json.JSONEncoder]) -> bool:
    """Whether a ``json.JSONEncoder`` class changes more than ``default``."""
    base = json.JSONEncoder
    return encoder.encode is not base.encode or encoder.iterencode is not base.iterencode


def class_raw_decode(decoder: type[json.JSONDecoder]) -> Callable[[str, int], tuple[Any, int]]:
    """``raw_decode`` of a ``json.JSONDecoder`` class, its hooks included, that takes no NaN and no Infinity."""
    ours: Any = decoder()
    ours.parse_constant = refuse
    ours.parse_float = finite if ours.parse_float is float else _finite_by(ours.parse_float)
    ours.scan_once = make_scanner(ours)
    if decoder.decode is json.JSONDecoder.decode:
        raw_decode: Callable[[str, int], tuple[Any, int]] = ours.raw_decode
        return raw_decode
    return lambda text, start: (ours.decode(text[start:]), len(text))


def refuse(constant: str) -> Any:
    raise PacketError("not JSON: " + constant)


def finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise PacketError("number too large")
    return number


def _finite_by(parse_float: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse(digits: str) -> Any:
        number = parse_float(digits)
        if isinstance(number, float) and not math.isfinite(number):
            raise PacketError("number too large")
        return number

    return parse
