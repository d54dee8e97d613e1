"""Every check with every generation of socket.io-client over every transport, as with one daphne, with three."""

import pytest

from tests.clients import test_javascript
from tests.clients.test_javascript import cells, test_javascript_client

__all__ = ["cells", "test_javascript_client"]

pytestmark = [*[test_javascript.pytestmark], pytest.mark.redis, pytest.mark.nginx]
