import asyncio

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from voiceroom import presence, rules
from voiceroom.models import Membership, Room


@pytest.fixture
def people(transactional_db):
    """Ada owns the room, Bo moderates, Cy comes by; Di is staff and trusted to moderate."""
    make = get_user_model().objects.create_user
    names = [("ada", "Ada"), ("bo", "Bo"), ("cy", "Cy"), ("di", "Di")]
    people = {
        name: make(name, password="pass-word-1", first_name=first, is_staff=name == "di") for name, first in names
    }
    people["di"].user_permissions.add(Permission.objects.get(codename="moderate_room"))
    return people


@pytest.fixture
def room(people):
    room = Room.objects.create(slug="tea", name="Tea", owner=people["ada"])
    Membership.objects.create(room=room, user=people["ada"], role=rules.OWNER)
    Membership.objects.create(room=room, user=people["bo"], role=rules.MODERATOR)
    return room


@pytest.fixture(autouse=True)
async def no_task_of_the_lobby_outlives_its_loop():
    yield
    for task in presence._telling.values():
        if task.get_loop() is asyncio.get_running_loop():
            task.cancel()
