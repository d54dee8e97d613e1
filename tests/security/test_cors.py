"""One origin as a string is one origin, in every place that looks at the setting."""

import pytest

from tests.engine.asgi import Request, engine

APP, EVIL = "https://app.example.com", "https://evil.example"


async def allow_origin(allowed, origin, **options):
    """The answer's Access-Control-Allow-Origin, or None."""
    request = Request(
        engine(cors_allowed_origins=allowed, **options),
        "EIO=4&transport=polling",
        headers={"origin": origin, "host": "example.com"},
    )
    headers = dict((await request.next())["headers"])
    return headers.get(b"access-control-allow-origin")


@pytest.mark.parametrize("credentials", [True, False])
async def test_a_star_inside_a_string_lets_nobody_read_the_answers(credentials):
    assert await allow_origin("https://*.example.com", EVIL, cors_allow_credentials=credentials) is None


@pytest.mark.parametrize("allowed", [APP, [APP], (EVIL, APP), {APP}])
async def test_an_origin_that_may_come_may_read_the_answers(allowed):
    assert await allow_origin(allowed, APP) == APP.encode()


@pytest.mark.parametrize("allowed", ["*", ["*"]])
async def test_a_star_alone_is_everybody(allowed):
    assert await allow_origin(allowed, EVIL) == b"*"
