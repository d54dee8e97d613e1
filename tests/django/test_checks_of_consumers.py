"""``manage.py check`` on consumer classes: names that look like the library's and are read by nobody."""

import pytest

from realtime import consumer_checks as ours
from tests.django.checking import found


@pytest.fixture
def hints(settings):
    """By the last name of what is said."""

    def of(application):
        settings.ASGI_APPLICATION = f"tests.django.an_asgi.{application}"
        return {each.msg.split(" ")[0].rpartition(".")[2]: each.hint for each in ours.consumers(None)}

    return of


def test_W018_names_that_nobody_reads_are_told_with_what_was_meant(hints):
    assert hints("slips") == {
        "permissions_required": "Call it permission_required.",
        "on_connect": "Call it connect().",
        "on_typing": 'Decorate it: @on("typing")',
        "dissconnect": "Call it disconnect.",
    }


def test_each_class_is_told_once_with_its_place(settings):
    settings.ASGI_APPLICATION = "tests.django.an_asgi.slips"
    said = [each.msg for each in ours.consumers(None)]
    assert len(said) == 4 and all(each.startswith("tests.django.an_asgi.Slips.") for each in said)


@pytest.mark.parametrize("application", ["no_slips", "sound", "application", "none"])
def test_words_of_ones_own_are_ones_own(hints, application):
    assert hints(application) == {}


def test_it_is_among_the_checks(project):
    project.ASGI_APPLICATION = "tests.django.an_asgi.slips"
    assert "realtime.W018" in found()
