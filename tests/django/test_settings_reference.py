import re
from pathlib import Path

from realtime.conf import FIELDS

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/settings.md"
ROWS = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| `([^`]+)` \|", PAGE.read_text(), re.MULTILINE))


def test_the_settings_page_names_every_option_with_its_default_and_no_other():
    assert ROWS == {name.upper(): repr(field.default).replace("'", '"') for name, field in FIELDS.items()}


def test_the_settings_page_says_that_durations_are_seconds():
    durations = PAGE.read_text().partition("## Time (seconds)")[2].partition("\n## ")[0]
    floats = {name.upper() for name, field in FIELDS.items() if field.type is float}
    assert floats == set(re.findall(r"^\| `([A-Z0-9_]+)`", durations, re.MULTILINE))
