"""Every word of the pages: found where it is used, and in the catalogues. A word is (singular, plural or None)."""

import ast
import html.parser
import json
import re

from django.conf import settings
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
CATALOGUE = ROOT / "voiceroom" / "locale" / "zh_Hans" / "LC_MESSAGES"
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURALS = {"ngettext", "ngettext_lazy"}
TEXT = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\$]|\\.)*`)"""
IN_SCRIPTS = re.compile(rf"\b(n?)gettext\(\s*(?:{TEXT}(?:\s*,\s*{TEXT})?)?")
OURS = {"Voiceroom", "Django"}  # names: the same in every language
PROTOCOL = {'"Invalid namespace"'}  # what the server says, compared and never shown


# -- where they are used --------------------------------------------------------------------------------------


def of_code(source):
    """The words that Python code marks. Fails on a marked thing that is not a literal: no tool would find it."""
    found = set()
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", getattr(call.func, "attr", None))
        if name in MARKS | PLURALS:
            texts = [ast.literal_eval(argument) for argument in call.args[: 2 if name in PLURALS else 1]]
            found.add((texts[0], texts[1] if name in PLURALS else None))
    return found


def of_template(source):
    """The words that a template marks, with any tag, filter argument or block."""
    calls = re.findall(r" (?:n?gettext|_)\((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|[^()])*\)", templatize(source))
    return {word for call in calls for word in of_code(re.sub(r",\s*count\)$", ")", call.strip()))}


def of_script(source):
    """The words that a script marks."""
    found = set()
    for many, one, other in IN_SCRIPTS.findall(source):
        assert one, "gettext() of something that is not a literal"
        found.add((_literal(one), _literal(other) if many else None))
    return found


def _literal(text):
    return ast.literal_eval('"""' + text[1:-1].replace('"', '\\"').replace('\\\\"', '\\"') + '"""')


def scripts():
    return sorted((ROOT / "static" / "js").rglob("*.js"))


def templates():
    return sorted((ROOT / "templates").rglob("*.html")) + sorted((ROOT / "voiceroom").rglob("*.html"))


def code():
    return sorted((ROOT / "voiceroom").rglob("*.py"))


def used(domain):
    """The words of a catalogue's domain, as the sources have them now."""
    if domain == "djangojs":
        return {word for path in scripts() for word in of_script(path.read_text())}
    pages = {word for path in templates() for word in of_template(path.read_text())}
    return pages | {word for path in code() for word in of_code(path.read_text())}


# -- what somebody forgot to mark -----------------------------------------------------------------------------


class _Bare(html.parser.HTMLParser):
    """Collects what a reader would see of a template besides its tags and variables."""

    SEEN = {"aria-label", "alt", "title", "placeholder", "aria-description", "aria-roledescription"}

    def __init__(self, source):
        super().__init__()
        self.found, self.inside = [], None
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        unread = tag in ("script", "style", "kbd", "code") or ("aria-hidden", "true") in attrs
        self.inside = tag if unread else None
        self.found += [value for name, value in attrs if name in self.SEEN and value]

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside is None:
            self.found.append(data)


def bare_text(source):
    """Texts of a template that nobody marked."""
    source = re.sub(r"{% block (body_class|main_attributes) %}.*?{% endblock %}", "", source, flags=re.S)
    source = re.sub(
        r"{% comment.*?endcomment %}|{#.*?#}|{% blocktrans(late)?.*?endblocktrans(late)? %}", "", source, flags=re.S
    )
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.S)
    words = [" ".join(text.split()) for text in _Bare(source).found]
    return [text for text in words if set(re.findall(r"[A-Za-z]{2,}", text)) - OURS]


def bare_sentences(source):
    """Literals of a script that look like something a person should read and that nobody marked."""
    source = re.sub(r"//.*|/\*.*?\*/", "", IN_SCRIPTS.sub("", source))
    return [
        text for text in re.findall(TEXT, source) if re.match(r".[A-Z][a-z]+ [a-z]+", text) and text not in PROTOCOL
    ]


# -- the catalogues -------------------------------------------------------------------------------------------


def entries(domain):
    """[(word, [translations], flags)] of the written catalogue, without its header."""
    text = (CATALOGUE / f"{domain}.po").read_text()
    assert "\n#~" not in text, "left-over translations"
    return [_entry(block) for block in re.split(r"\n\s*\n", text.strip())[1:]]


def _entry(block):
    parts, flags, key = {}, "", None
    for line in block.splitlines():
        if line.startswith("#"):
            flags += line if line.startswith("#,") else ""
            continue
        name, _, rest = line.partition('"')
        key = name.strip() or key
        parts[key] = parts.get(key, "") + json.loads(f'"{rest}')
    translations = [text for name, text in parts.items() if name.startswith("msgstr")]
    return (parts["msgid"], parts.get("msgid_plural")), translations, flags
