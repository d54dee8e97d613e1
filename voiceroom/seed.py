"""People, rooms and conversations, so that the first page a newcomer sees is not empty."""

import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from voiceroom import rules
from voiceroom.bots.lines import CAST
from voiceroom.models import Membership, Message, Room

PEOPLE = {  # user name: (password, given name, family name)
    "alice": ("alice-demo", "Alice", "Moreau"),
    "bob": ("bob-demo", "Bob", "Okafor"),
    "carol": ("carol-demo", "Carol", "Lindqvist"),
    "admin": ("admin-demo", "Ada", "Chen"),
}
ROOMS = {  # slug: what the room is, who owns it, who else has a role there
    "kitchen-table": (
        {"name": "Kitchen table", "topic": "Whatever comes up. Tea provided.", "guests_allowed": True},
        "alice",
        {"bob": rules.MODERATOR, "ines": rules.HOST},
    ),
    "build-log": (
        {
            "name": "Build log",
            "topic": "What we are making this week, and what broke. Raise a hand to speak.",
            "seat_mode": rules.APPLY,
        },
        "bob",
        {"hana": rules.HOST},
    ),
    "tingge": (
        {"name": "听歌房", "topic": "一起听歌，聊聊最近喜欢的音乐", "seat_count": 6},
        "carol",
        {"mei": rules.HOST},
    ),
    "lighthouse": (
        {"name": "Lighthouse", "topic": "A room with a password. It is “lighthouse”.", "seat_count": 4},
        "carol",
        {"alice": rules.HOST},
    ),
    "organisers": (
        {"name": "Organisers", "topic": "Planning the autumn meet-up", "is_private": True},
        "admin",
        {"alice": rules.HOST},
    ),
}
PASSWORDS = {"lighthouse": "lighthouse"}  # slug: what opens the door
TALK = {  # slug: (minutes ago, who, what), oldest first
    "kitchen-table": [
        (1510, "carol", "Is anyone else awake at this hour, or is it just the cat and me?"),
        (1507, "alice", "Awake. The kettle is on."),
        (1506, "alice", "It is always on, to be fair."),
        (1490, "bob", "Cat picture or it did not happen."),
        (1488, "carol", "She left the moment I opened the camera. Classic."),
        (212, "bob", "Question for the table: what do you put on toast when there is no butter?"),
        (209, "alice", "Olive oil and a bit of salt. Trust me."),
        (208, "carol", "Seconded. Add tomato if you have one and you are basically in Catalonia."),
        (205, "bob", "You people have changed my breakfast 🍅"),
        (38, "carol", "Made the bread from last week again. Same recipe, but I let it rest overnight in the fridge."),
        (36, "carol", "Much better crust!"),
        (33, "alice", "Overnight is the trick. Could you write it down somewhere?"),
        (
            31,
            "carol",
            "500 g flour\n350 g water\n10 g salt\nand a spoon of starter. Fold a few times, then leave it alone.",
        ),
        (12, "bob", "Saved. I am baking on Saturday, come by if you are around."),
    ],
    "build-log": [
        (2980, "bob", "Week 12: the lamp dims now. It also hums, which I did not ask for."),
        (2975, "alice", "How fast is the PWM? Under 1 kHz you will hear the coil."),
        (2970, "bob", "…it was 400 Hz."),
        (2969, "bob", "20 kHz now. Silence. Thank you."),
        (95, "admin", "The shelf is up and it is level. I have checked it four times."),
        (90, "carol", "Put a marble on it and tell us where it goes"),
        (88, "admin", "It stays. I am framing the marble."),
    ],
    "tingge": [
        (640, "carol", "今天在循环什么？"),
        (636, "alice", "一张老爵士，雨天听正好。"),
        (633, "carol", "推荐一首吧，我正好在找新的。"),
        (630, "alice", "从第三首开始听，钢琴进来的那一刻特别好。"),
        (55, "bob", "My Chinese is slow but the playlist is great 🎧"),
        (52, "carol", "欢迎！多听几首就会了。"),
    ],
    "lighthouse": [
        (520, "carol", "It is quiet up here. Good for practising a talk where nobody hears it."),
        (515, "alice", "I heard it, and it was good."),
    ],
    "organisers": [
        (4300, "admin", "The hall is booked for the 14th. Eighty chairs, one projector, two microphones."),
        (4290, "alice", "Lovely. I will ask the café next door about lunch."),
        (150, "alice", "Café says yes, if we tell them the number by Friday."),
        (148, "admin", "Then let us close sign-ups on Thursday evening."),
    ],
}


@transaction.atomic
def seed(fresh=False):
    """Make the demo's people, rooms and conversations where they are missing; ``fresh`` empties the rooms first.

    Answers the logins: ``[(user name, password), ...]``. What people did in the meantime stays,
    a changed password too.
    """
    if fresh:
        Room.objects.all().delete()
    users = {name: _user(name, *details) for name, details in PEOPLE.items()}
    users |= {part.login: _user(part.login, None, part.first_name, part.last_name) for part in CAST}
    for slug, (facts, owner, roles) in ROOMS.items():
        room, new = Room.objects.get_or_create(slug=slug, defaults=facts | {"owner": users[owner]})
        if new:
            _members(room, users, roles)
            _conversation(room, users)
            if slug in PASSWORDS:
                room.change_door(password=PASSWORDS[slug])
    return [(name, password) for name, (password, *_) in PEOPLE.items()]


def let_in(password):
    """Let the simulated people log in with this password, from now on and until the next call."""
    logins = [part.login for part in CAST]
    get_user_model().objects.filter(username__in=logins).update(password=make_password(password))


def _user(name, password, first, last):
    boss = name == "admin"
    facts = {"first_name": first, "last_name": last, "is_staff": boss, "is_superuser": boss}
    user, new = get_user_model().objects.get_or_create(username=name, defaults=facts)
    if new:
        user.password = make_password(password)  # None: nobody can log in
        user.save(update_fields=["password"])
    return user


def _members(room, users, roles):
    roles = {room.owner.username: rules.OWNER} | roles
    Membership.objects.bulk_create(Membership(room=room, user=users[name], role=role) for name, role in roles.items())


def _conversation(room, users):
    now = timezone.now()
    Message.objects.bulk_create(
        Message(
            room=room,
            author=users[who],
            text=text,
            key=f"seed-{room.slug}-{number}"[:64],
            created=now - datetime.timedelta(minutes=minutes),
        )
        for number, (minutes, who, text) in enumerate(TALK[room.slug])
    )
