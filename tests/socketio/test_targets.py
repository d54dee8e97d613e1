"""What is a room: names, instances, users."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.utils.functional import SimpleLazyObject

from realtime.exceptions import RoomRefused
from realtime.targets import room_name, room_names, user_room


class Admin(User):
    class Meta:
        proxy = True
        app_label = "auth"


def test_a_saved_instance_is_the_room_of_its_model_and_key():
    assert room_name(Group(pk=7)) == "auth.group:7"
    assert room_name(SimpleLazyObject(lambda: User(pk=7))) == room_name(Admin(pk=7)) == "auth.user:7"
    assert room_names(["lobby", [Group(pk=1), "a"], (Group(pk=2),)]) == ["lobby", "auth.group:1", "a", "auth.group:2"]


@pytest.mark.parametrize("room", [3, None, b"lobby", Group, 1.5, object()])
def test_what_is_no_room_is_refused(room):
    with pytest.raises(TypeError, match="expected a room name, a str or a model instance"):
        room_name(room)


def test_an_instance_without_a_key_is_no_room():
    with pytest.raises(ValueError, match="once it is saved"):
        room_name(Group())


def test_a_user_and_the_key_are_the_same_target():
    key = uuid.uuid4()
    assert user_room(User(pk=7)) == user_room(7) == user_room("7")
    assert user_room(key) == user_room(str(key)) != user_room(7)
    assert repr(user_room(7)) == "<user 7>"


@pytest.mark.parametrize("who", [None, AnonymousUser(), User()])
def test_who_has_no_key_is_no_target(who):
    with pytest.raises(ValueError, match="saved and logged in"):
        user_room(who)


@pytest.mark.parametrize("who", [True, 1.5, b"7", [7], Group(pk=7)])
def test_what_is_no_key_is_no_target(who):
    with pytest.raises(TypeError, match="a user or a primary key"):
        user_room(who)


def test_a_users_room_is_the_room_of_no_instance_and_has_no_name_that_one_could_write():
    assert user_room(7) != room_name(User(pk=7))
    assert room_name(user_room(7)) == user_room(7)
    with pytest.raises(RoomRefused):
        room_name(str.__str__(user_room(7)) + "")
