"""Every word of the pages exists in both languages. Nothing is missing, nothing is left over, nothing is doubtful."""

import gettext
import re

import pytest
from django.utils.translation import gettext as _
from django.utils.translation import override

from tests.voiceroom import words

BOTH = pytest.mark.parametrize("domain", ["django", "djangojs"])


@BOTH
def test_every_word_is_translated(domain):
    written = {word: translations for word, translations, _flags in words.entries(domain)}
    assert words.used(domain) - set(written) == set()
    assert [word for word, translations in written.items() if not all(translations)] == []


@BOTH
def test_no_translation_is_left_over_or_there_twice(domain):
    written = [word for word, *_rest in words.entries(domain)]
    assert set(written) - words.used(domain) == set()
    assert len(written) == len(set(written))


@BOTH
def test_no_translation_is_a_guess(domain):
    assert [word for word, _translations, flags in words.entries(domain) if "fuzzy" in flags] == []


@BOTH
def test_placeholders_survive_the_translation(domain):
    holes = re.compile(r"%(?:\(\w+\))?[sd]|\{\w*\}")
    for (word, plural), translations, _flags in words.entries(domain):
        for translation in translations:
            assert sorted(holes.findall(plural or word)) == sorted(holes.findall(translation)), word


@BOTH
def test_the_compiled_catalogue_is_the_written_one(domain):
    with (words.CATALOGUE / f"{domain}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    compiled.pop("")  # the header
    written = {}
    for (word, plural), translations, _flags in words.entries(domain):
        written |= {(word, n): text for n, text in enumerate(translations)} if plural else {word: translations[0]}
    assert compiled == written


def test_the_pages_say_nothing_that_is_not_marked_for_translation():
    found = {path.name: words.bare_text(path.read_text()) for path in words.templates()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_the_scripts_say_nothing_that_is_not_marked_for_translation():
    found = {path.name: words.bare_sentences(path.read_text()) for path in words.scripts()}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("read", "source", "expected"),
    [
        (words.of_code, '_("a" "b"); ngettext("%d x", "%d xs", n)', {("ab", None), ("%d x", "%d xs")}),
        (words.of_template, '{% load i18n %}{% translate "it\'s" %}', {("it's", None)}),
        (words.of_template, '{{ x|default:_("none") }}{% trans "y" as z %}', {("none", None), ("y", None)}),
        (
            words.of_template,
            "{% blocktranslate count n=n %}{{ n }} a{% plural %}{{ n }} b{% endblocktranslate %}",
            {("%(n)s a", "%(n)s b")},
        ),
        (words.of_script, 'gettext(\'a "b"\') + ngettext("c", `d`, 2)', {('a "b"', None), ("c", "d")}),
        (
            words.bare_text,
            '<p title="{% translate "a" %}">{{ b }} <b aria-label="Forgotten">too</b>',
            ["Forgotten", "too"],
        ),
        (words.bare_sentences, 'x = gettext("Not this"); y = "But this one"; // "Nor this"', ['"But this one"']),
    ],
)
def test_words_are_found_however_they_are_marked(read, source, expected):
    found = read(source)
    assert sorted(found) == sorted(expected) if isinstance(found, list) else found == expected


def test_the_scripts_get_their_words_in_the_language_of_the_page(client):
    page = client.get("/words.js", headers={"Accept-Language": "zh-hans"})
    assert "javascript" in page.headers["Content-Type"]
    assert "\\u7acb\\u5373\\u91cd\\u8bd5" in page.content.decode()  # "Try now"
    with override("zh-hans"):
        assert _("Rooms") == "房间"
