"""The threads that look after the cache take no connection from a request."""

from omicsoracle.run import children


def test_the_pool_has_a_connection_for_every_thread_and_for_keeper_and_refresher() -> None:
    web = children.web(port=1, workers=1, threads=8)

    assert int(web.environment["DATABASE_POOL_SIZE"]) >= 10
