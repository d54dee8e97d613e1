"""The migrations say what the models say, and bring along the rooms that were there before."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@pytest.mark.django_db
def test_no_model_differs_from_its_migrations():
    call_command("makemigrations", "voiceroom", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_rooms_from_before_there_were_seats_get_theirs_and_the_way_back_works():
    migrate(("voiceroom", "0001_initial"))
    try:
        old = MigrationExecutor(connection).loader.project_state(("voiceroom", "0001_initial")).apps
        owner = old.get_model("auth", "User").objects.create(username="old")
        old.get_model("voiceroom", "Room").objects.create(slug="old", name="Old", owner=owner)
    finally:
        migrate(newest())
    seats = apps.get_model("voiceroom", "Seat").objects.filter(room__slug="old")
    assert list(seats.values_list("index", flat=True)) == list(range(8))


@pytest.mark.django_db(transaction=True)
def test_rooms_from_before_there_was_a_search_text_are_found():
    migrate(("voiceroom", "0007_limits"))
    try:
        old = MigrationExecutor(connection).loader.project_state(("voiceroom", "0007_limits")).apps
        owner = old.get_model("auth", "User").objects.create(username="old")
        old.get_model("voiceroom", "Room").objects.create(slug="old", name="École", topic="Ｔｅａ", owner=owner)
    finally:
        migrate(newest())
    rooms = apps.get_model("voiceroom", "Room").objects
    assert rooms.matching("ecole TEA").get().slug == "old"


def newest():
    (leaf,) = MigrationExecutor(connection).loader.graph.leaf_nodes("voiceroom")
    return leaf


def migrate(target):
    executor = MigrationExecutor(connection)
    executor.migrate([target])
