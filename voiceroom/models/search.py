"""Text as searches compare it, on every database alike: SQLite's ``LIKE`` knows the case of ASCII letters only."""

import unicodedata

from django.db import models
from django.db.models.lookups import Contains


def folded(text):
    """Without case, width and accents: ``École``, ``ECOLE`` and full-width ``ｅｃｏｌｅ`` are one."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", plain)


class SearchText(models.TextField):
    """The folded text of these fields of its row, made anew by each ``save`` and ``bulk_create``.

    ``filter(searched__contains="ÉCOLE")`` asks for it. A save with ``update_fields`` has to name it, and ``update()``
    passes it by.
    """

    def __init__(self, *of, **options):
        self.of = of
        super().__init__(**{"default": "", "editable": False} | options)

    def deconstruct(self):
        name, path, _, options = super().deconstruct()
        return name, path, self.of, options

    def pre_save(self, instance, add):
        text = folded("\n".join(getattr(instance, name) for name in self.of))
        setattr(instance, self.attname, text)
        return text


@SearchText.register_lookup
class FoldedContains(Contains):
    """Whether it has this, however that is written."""

    def get_prep_lookup(self):
        return folded(self.rhs)
