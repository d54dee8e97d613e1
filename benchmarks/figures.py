"""The figures of a run: ``figures[work][subject]`` has one result, or None, for each round."""

import statistics


def brief(result):
    """One result for the screen."""
    units = {"microseconds": "us", "per_second": "/s", "kilobytes": "KB", "p99": "ms p99"}
    return ", ".join(f"{result[key]:,.1f} {unit}" for key, unit in units.items() if result.get(key) is not None)


def values(figures, work, subject, key="microseconds"):
    """One key of the rounds of one cell, with None where a round gave no figure."""
    return [result and result.get(key) for result in figures.get(work, {}).get(subject, ())]


def middle(numbers):
    known = [number for number in numbers if number is not None]
    return statistics.median(known) if known else None


def ratio(figures, work, subject, other, key="microseconds", of=None):
    """The median of the rounds' ratios to another subject (in another work, ``of``, if need be), or None."""
    pairs = zip(values(figures, work, subject, key), values(figures, of or work, other, key), strict=False)
    return middle([a / b if a is not None and b else None for a, b in pairs])


def spread(numbers, digits=1):
    """Median, lowest and highest, as text."""
    known = [number for number in numbers if number is not None]
    if not known:
        return "no figure"
    text = f"{statistics.median(known):,.{digits}f}"
    return text if len(known) == 1 else f"{text} ({min(known):,.{digits}f} to {max(known):,.{digits}f})"


def times(number):
    return "-" if number is None else f"{number:.2f}x"


def number_of(figures, work, subject, key, form):
    found = middle(values(figures, work, subject, key))
    return "-" if found is None else format(found, form)


def number(work):
    return next(int(word.replace(",", "")) for word in work.split() if word[0].isdigit())


def growth(figures, works, key="microseconds"):
    """Of works that differ by a number: subject -> [(number, median)], if there are two at least."""
    found = {}
    for size, work in sorted((number(work), work) for work in works):
        for subject in figures[work]:
            if (value := middle(values(figures, work, subject, key))) is not None:
                found.setdefault(subject, []).append((size, value))
    return {subject: points for subject, points in found.items() if len(points) > 1}
