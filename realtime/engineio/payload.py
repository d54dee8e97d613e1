"""Packets to and from the body of a polling request.

Revision 4 joins packets with the record separator. Revision 3 writes each one's length before it, in UTF-16 code units
because its clients are JavaScript, and has a second, binary form (XHR2) with lengths in bytes.
"""

from collections.abc import Iterable, Iterator, Sequence

from ..exceptions import PacketError
from .packet import Packet, Revision3, Revision4, decode_typed_bytes, encode_base64

SEPARATOR = "\x1e"
_LONGEST_LENGTH = 10  # digits; engineioxide looped for ever on longer ones


def decode_utf8(body: bytes | bytearray) -> str:
    """Text of a body. Raises ``PacketError``."""
    try:
        return bytes(body).decode("utf-8")
    except UnicodeDecodeError as error:
        raise PacketError(f"expected UTF-8: {error.reason} at byte {error.start}") from None


def utf16_length(text: str) -> int:
    """How long JavaScript says that ``text`` is."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


# -- revision 4 ---------------------------------------------------------------------------------------------


def decode_payload4(body: bytes | bytearray) -> Iterator[Packet]:
    """Yields the packets of a POST one by one, so that a million separators cost nothing. Raises ``PacketError``."""
    text = decode_utf8(body)
    start = 0
    while start >= 0:
        end = text.find(SEPARATOR, start)
        yield Revision4.decode_frame(text[start:] if end < 0 else text[start:end])
        start = end + 1 if end >= 0 else -1


def encode_payload4(frames: Iterable[str | bytes], binary: bool = False) -> str:
    """The body of a poll's answer; always text, ``binary`` changes nothing."""
    return SEPARATOR.join(frame if isinstance(frame, str) else "b" + encode_base64(frame) for frame in frames)


# -- revision 3 ---------------------------------------------------------------------------------------------


def decode_payload3(body: bytes | bytearray, binary: bool = False) -> Iterator[Packet]:
    """Yields the packets of a POST; ``binary`` when it came as application/octet-stream. Raises ``PacketError``."""
    if not body:
        raise PacketError("expected at least one packet, got an empty payload")
    return _decode_bytes3(bytes(body)) if binary else _decode_text3(decode_utf8(body))


def _decode_text3(text: str) -> Iterator[Packet]:
    """``<length>:<packet>`` again and again. Beyond the BMP a character counts as two: sliced as UTF-16 then."""
    if utf16_length(text) != len(text):
        yield from _decode_utf16(text.encode("utf-16-le"))
        return
    position = 0
    while position < len(text):
        start, length = _read_length(text, position)
        position = start + length
        if position > len(text):
            raise PacketError(f"expected {length} characters, got {len(text) - start}")
        yield Revision3.decode_frame(text[start:position])


def _decode_utf16(data: bytes) -> Iterator[Packet]:
    position = 0
    while position < len(data):
        head = data[position : position + 2 * (_LONGEST_LENGTH + 1)].decode("utf-16-le", "replace")
        digits, length = _read_length(head, 0)
        start = position + 2 * digits
        position = start + 2 * length
        if position > len(data):
            raise PacketError(f"expected {length} characters, got {(len(data) - start) // 2}")
        yield Revision3.decode_frame(_decode_slice(data[start:position]))


def _decode_slice(data: bytes) -> str:
    try:
        return data.decode("utf-16-le")
    except UnicodeDecodeError:
        raise PacketError("a packet's length ends inside a surrogate pair") from None


def _read_length(text: str, position: int) -> tuple[int, int]:
    """Where the packet starts, and its length."""
    colon = text.find(":", position, position + _LONGEST_LENGTH + 1)
    digits = text[position:colon]
    if colon < 0 or not (digits.isascii() and digits.isdigit()) or digits == "0":
        raise PacketError("expected the packet's length and a colon")
    return colon + 1, int(digits)


def _decode_bytes3(body: bytes) -> Iterator[Packet]:
    """The XHR2 form: 00 (text) or 01 (binary), the length's digits as bytes 0 to 9, ff, the packet."""
    position = 0
    while position < len(body):
        end = body.find(b"\xff", position, position + _LONGEST_LENGTH + 2)
        digits = body[position + 1 : end]
        if body[position] > 1 or end < 0 or not digits or max(digits) > 9:
            raise PacketError("expected 00 or 01, a length and ff")
        start, length = end + 1, int("".join(map(str, digits)))
        if not 0 < length <= len(body) - start:
            raise PacketError(f"expected {length} bytes, got {len(body) - start}")
        yield _decode_part(body[position], body[start : start + length])
        position = start + length


def _decode_part(kind: int, data: bytes) -> Packet:
    return decode_typed_bytes(data) if kind else Revision3.decode_frame(decode_utf8(data))


def encode_payload3(frames: Sequence[str | bytes], binary: bool = False) -> str | bytes:
    """The body of a poll's answer: ``bytes`` (XHR2) if the client can and there is something binary, else text."""
    if binary and not all(isinstance(frame, str) for frame in frames):
        return b"".join(map(_encode_part, frames))
    texts = (frame if isinstance(frame, str) else "b4" + encode_base64(frame) for frame in frames)
    return "".join(f"{utf16_length(text)}:{text}" for text in texts)


def _encode_part(frame: str | bytes) -> bytes:
    if isinstance(frame, str):
        kind, data = b"\x00", frame.encode("utf-8", "surrogatepass")
    else:
        kind, data = b"\x01", b"\x04" + frame
    return kind + bytes(map(int, str(len(data)))) + b"\xff" + data


def decode_payload(revision: int, body: bytes | bytearray, binary: bool = False) -> Iterator[Packet]:
    """The packets of a POST body in revision 3 or 4."""
    return decode_payload3(body, binary) if revision == 3 else decode_payload4(body)


def encode_payload(revision: int, frames: Sequence[str | bytes], binary: bool = False) -> str | bytes:
    """The body of a poll's answer in revision 3 or 4, ``str`` or ``bytes``."""
    return encode_payload3(frames, binary) if revision == 3 else encode_payload4(frames)
