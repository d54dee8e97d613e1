"""Every word of the pages exists in both languages. Nothing is missing, nothing is left over."""

import gettext
import re

import pytest
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

ROOT = settings.BASE_DIR
CATALOGUE = ROOT / "voiceroom" / "locale" / "zh_Hans" / "LC_MESSAGES"
TEXT = r'"((?:[^"\\]|\\.)*)"'
ENTRY = rf"^msgid {TEXT}\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? {TEXT}"


def translated(name):
    """{msgid: msgstr} of one catalogue."""
    text = (CATALOGUE / f"{name}.po").read_text().split("\n\n", 1)[1]
    assert "fuzzy" not in text
    return dict(re.findall(ENTRY, text, re.M))


def used(pattern, *globs):
    files = [path for glob in globs for path in ROOT.glob(glob)]
    return {found for path in files for found in re.findall(pattern, path.read_text())}


def in_pages():
    templates = used(r"""{% translate ["']([^"']+)["'] %}""", "templates/**/*.html")
    code = used(rf"(?<!\w)(?:_|ngettext)\(\s*{TEXT}", "voiceroom/*.py")
    return templates | code


@pytest.mark.parametrize(
    ("name", "words"),
    [("django", in_pages), ("djangojs", lambda: used(rf"(?:gettext|ngettext)\({TEXT}", "static/js/*.js"))],
)
def test_every_word_is_translated_and_no_translation_is_left_over(name, words):
    catalogue = translated(name)
    assert set(catalogue) == words()
    assert [word for word, translation in catalogue.items() if not translation] == []


@pytest.mark.parametrize("name", ["django", "djangojs"])
def test_placeholders_survive_the_translation(name):
    holes = re.compile(r"%(?:\(\w+\))?[sd]")
    for word, translation in translated(name).items():
        assert sorted(holes.findall(word)) == sorted(holes.findall(translation)), word


def test_the_compiled_catalogue_is_the_written_one():
    for name in ("django", "djangojs"):
        with (CATALOGUE / f"{name}.mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        for word, translation in translated(name).items():
            plural = compiled._catalog.get((word, 0))
            assert translation in (plural, compiled._catalog.get(word)), word


def test_the_scripts_get_their_words_in_the_language_of_the_page(client):
    page = client.get("/words.js", headers={"Accept-Language": "zh-hans"})
    assert "javascript" in page.headers["Content-Type"]
    assert "\\u7acb\\u5373\\u91cd\\u8bd5" in page.content.decode()  # "Try now"
    with override("zh-hans"):
        assert _("Rooms") == "房间"
