"""Where in the project's own text something is written: for errors that name file and line."""

import ast
import sys
from importlib.util import resolve_name
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings

OUTSIDE = (f"{Path(__file__).resolve().parent}/", f"{Path(ast.__file__).resolve().parent}/", "<")


def setting(name: str, key: str | None = None) -> str:
    """``"/site/settings.py:12: "`` for a setting, or for one key of it if it is a dict; ``""`` where it is not found.

    Settings that a module imports with ``*`` are looked for there. What ``override_settings`` says is nowhere.
    """
    module = sys.modules.get(getattr(settings, "SETTINGS_MODULE", None) or "")
    if module is None or getattr(module, name, None) is not getattr(settings, name, None):
        return ""
    return _in_module(module, name, key, set())


def of_error(error: BaseException) -> str:
    """``"/site/consumers.py:12: "``, the innermost place of the project in a traceback; ``""`` if there is none, or
    the text of the error has one.
    """
    places = [frame for frame in _frames(error.__traceback__) if is_the_projects(frame[0])]
    if isinstance(error, SyntaxError) and error.filename:
        places = [(error.filename, error.lineno or 1)]
    if not places or f"{places[-1][0]}:" in str(error):
        return ""
    return "{}:{}: ".format(*places[-1])


def _in_module(module: Any, name: str, key: str | None, seen: set[str]) -> str:
    path = getattr(module, "__file__", None)
    if not path or path in seen:
        return ""
    seen.add(path)
    try:
        body = ast.parse(Path(path).read_text(encoding="utf-8")).body
    except (OSError, ValueError, SyntaxError):
        return ""
    lines = [line for statement in body if (line := _line(statement, name, key)) is not None]
    if lines:
        return f"{path}:{lines[-1]}: "
    starred = [each for each in body if isinstance(each, ast.ImportFrom) and each.names[0].name == "*"]
    names = [resolve_name("." * each.level + (each.module or ""), module.__package__) for each in starred]
    modules = [sys.modules.get(each) for each in names]
    return next(filter(None, (_in_module(each, name, key, seen) for each in reversed(modules))), "")


def _line(statement: ast.stmt, name: str, key: str | None) -> int | None:
    """The line of the key in ``NAME = {...}`` or ``NAME["KEY"] = ...``; of the statement without a key in it."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name:
        return statement.lineno if isinstance(target.slice, ast.Constant) and target.slice.value == key else None
    if not (isinstance(target, ast.Name) and target.id == name):
        return None
    keys = statement.value.keys if isinstance(statement.value, ast.Dict) else ()
    found = [each.lineno for each in keys if isinstance(each, ast.Constant) and each.value == key]
    return found[-1] if found else statement.lineno


def _frames(traceback: TracebackType | None) -> list[tuple[str, int]]:
    found = []
    while traceback is not None:
        found.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found


def is_the_projects(path: str) -> bool:
    """Whether a file is neither Python's, nor ours, nor installed."""
    return not path.startswith(OUTSIDE) and "/site-packages/" not in path and "/dist-packages/" not in path
