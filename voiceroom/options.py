"""The settings of the voice room with their defaults. Pure: ``conf`` reads them from ``settings.VOICEROOM``.

Keys there are these names in upper case; docs/reference/voice-settings.md says what each is for. A rate is a pair, so
many a second and so many at once, for each socket.
"""

import dataclasses

Rate = tuple[float, int]


def _number(default, least=1, most=None):
    return dataclasses.field(default=default, metadata={"least": least, "most": most})


@dataclasses.dataclass(frozen=True)
class Options:
    # how often one socket may ask
    command_rate: Rate = (20.0, 60)
    join_rate: Rate = (2.0, 30)
    lobby_rate: Rate = (4.0, 30)
    message_rate: Rate = (2.0, 40)
    edit_rate: Rate = (0.5, 5)
    typing_rate: Rate = (1.0, 20)
    reaction_rate: Rate = (1.0, 6)
    report_rate: Rate = (0.1, 3)
    knock_rate: Rate = (0.2, 3)
    signal_rate: Rate = (50.0, 300)
    frame_rate: Rate = (60.0, 60)
    speaking_rate: Rate = (10.0, 20)
    quality_rate: Rate = (1.0, 5)
    refresh_rate: Rate = (0.1, 5)
    # rooms
    open_rooms: int = _number(20)
    invited: int = _number(50)
    seats: int = _number(8, most=100)
    most_seats: int = _number(20, most=100)
    capacity: int = _number(100, least=2, most=32_000)
    most_people: int = _number(1000, least=2, most=32_000)
    tabs: int = _number(20)
    name_length: int = _number(60, most=60)
    topic_length: int = _number(120, most=120)
    guests_an_hour: int = _number(60, least=0)
    # the lobby
    lobby_page: int = _number(24, most=100)
    lobby_shown: int = _number(240, most=500)
    lobby_seconds: float = _number(10.0)
    presence_seconds: float = _number(2.0, least=0)
    search_length: int = _number(100)
    search_words: int = _number(5)
    # doors
    attempts: int = _number(5)
    room_attempts: int = _number(30)
    attempt_seconds: float = _number(60.0)
    knock_seconds: float = _number(3600.0)
    password_length: int = _number(100)
    links: int = _number(100)
    link_hours: int = _number(720)
    link_uses: int = _number(1000)
    # seats and order
    seat_grace: float = _number(25, least=0)
    hand_seconds: float = _number(900.0)
    invitation_seconds: int = _number(60)
    asks: int = _number(3)
    ban_minutes: int = _number(525_600)
    reports: int = _number(5)
    report_seconds: float = _number(600.0)
    report_length: int = _number(500, most=500)
    # the chat
    text_length: int = _number(4000)
    page_size: int = _number(50, most=500)
    burst: int = _number(8)
    burst_seconds: float = _number(5.0)
    edits: int = _number(20, least=0)
    edit_seconds: float = _number(900.0, least=0)
    typing_seconds: float = _number(6.0)
    typing_pause: float = _number(1.0, least=0)
    # voices
    media_backend: str = "mesh"
    media_backends: dict = dataclasses.field(default_factory=dict)
    mesh_places: int = _number(6, least=2, most=8)
    mesh_speaking: int = _number(4, most=8)
    signal_bytes: int = _number(64_000)
    frame_bytes: int = _number(2000)
    frame_listeners: int = _number(50, least=0)
    stun_urls: list = dataclasses.field(default_factory=list)
    turn_urls: list = dataclasses.field(default_factory=list)
    turn_secret: str = ""
    turn_ttl: int = _number(600, least=300, most=600)


DEFAULTS = Options()
FIELDS = {field.name.upper(): field for field in dataclasses.fields(Options)}


def why_not(name, value):
    """What is wrong with this value of the setting ``name``, to read after its name; ``None`` if it is good."""
    field = FIELDS[name]
    if field.type is Rate:
        return None if _is_rate(value) else "takes a pair, so many a second and so many at once"
    if field.type in (int, float):
        return _why_no_number(field, value)
    kinds = (list, tuple) if field.type is list else field.type
    return None if isinstance(value, kinds) else f"takes a {field.type.__name__}"


def _is_rate(value):
    good = isinstance(value, tuple | list) and len(value) == 2 and all(_is_number(each) for each in value)
    return good and value[0] >= 0 and value[1] >= 1


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _why_no_number(field, value):
    if not _is_number(value) or (field.type is int and not isinstance(value, int)):
        return "takes a whole number" if field.type is int else "takes a number"
    least, most = field.metadata["least"], field.metadata["most"]
    if value >= least and (most is None or value <= most):
        return None
    return f"must be at least {least}" if most is None else f"must be {least} to {most}"
