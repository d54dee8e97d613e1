"""Looks into a page, for what no locator sees."""

import asyncio
import time


async def until(page, expression, seconds=20):
    """Returns once this JavaScript expression is truthy in the page.

    Not playwright's ``wait_for_function``: its second look is an ``eval`` of the page's own, which our policy forbids.
    """
    deadline = time.monotonic() + seconds
    while not (found := await page.evaluate(expression)):
        assert time.monotonic() < deadline, f"{expression} is {found!r} after {seconds} s"
        await asyncio.sleep(0.05)
