"""docs/how-to/keep-order.md: its code runs, and the roles and permissions that it names are those of the rules."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission

from tests.voiceroom.conftest import people, room  # noqa: F401 - fixtures
from voiceroom.models import Ban, Membership

PAGE = (Path(settings.BASE_DIR) / "docs" / "how-to" / "keep-order.md").read_text()


@pytest.mark.django_db(transaction=True)
def test_the_code_bans_for_an_hour(room, people):  # noqa: F811
    Membership.objects.create(room=room, user=people["cy"])
    scope = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], scope)
    scope["ban_for_an_hour"]("tea", "ada", "cy")
    ban = Ban.objects.get()
    assert (ban.user, ban.by, ban.reason) == (people["cy"], people["ada"], "Drums at night") and ban.until


@pytest.mark.django_db
def test_every_permission_that_is_named_is_one():
    named = set(re.findall(r"`voiceroom\.((?:\w+)_(?:\w+))`", PAGE))
    assert named and named <= set(Permission.objects.values_list("codename", flat=True))
