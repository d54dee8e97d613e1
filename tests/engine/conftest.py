"""What goes wrong where nobody looks is looked at here."""

import asyncio
import gc

import pytest


@pytest.fixture
async def unraised():
    """Fails the test if a task or a callback raised something that nobody took."""
    loop, problems = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda loop, context: problems.append(context))
    yield problems
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    assert problems == []
