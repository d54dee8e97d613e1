"""What one user is in one room."""

import dataclasses

from voiceroom.options import DEFAULTS

OWNER, HOST, MODERATOR, MEMBER = "owner", "host", "moderator", "member"
RANK = {OWNER: 3, HOST: 2, MODERATOR: 1, MEMBER: 0}


@dataclasses.dataclass(frozen=True)
class Standing:
    """What one user is in one room, as plain facts. ``role`` is ``None`` for who is no member.

    ``staff``: of the house, and trusted to moderate every room. ``welcome``: let in through the door as it is now,
    however it is locked. ``invited``: holds a link that is good.
    """

    role: str | None = None
    staff: bool = False
    banned: bool = False
    closed: bool = False
    private: bool = False
    locked: bool = False
    password: bool = False
    chat_muted: bool = False
    welcome: bool = False
    invited: bool = False
    guest: bool = False
    guests_allowed: bool = False
    capacity: int = DEFAULTS.capacity

    @property
    def rank(self):
        """The higher one handles the lower one."""
        return len(RANK) if self.staff else RANK.get(self.role, 0)

    @property
    def moderates(self):
        """Whether this user keeps order here."""
        return self.rank >= RANK[MODERATOR]

    @property
    def hosts(self):
        """Whether this user decides how the room is run."""
        return self.rank >= RANK[HOST]
