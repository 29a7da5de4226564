"""What every test of sockets gives back when it is over."""

import inspect

import pytest


@pytest.fixture(autouse=True)
async def _let_go(request):
    """The loop's relay and the threads' connections end with the test, or its database could not be dropped."""
    yield
    if not inspect.iscoroutinefunction(request.function):
        return
    from channels.db import database_sync_to_async
    from django.db import connections

    from chat.relay import the_relay
    from core.live import the_hub

    await the_relay().stop()
    await the_hub().stop()
    await database_sync_to_async(connections.close_all)()
