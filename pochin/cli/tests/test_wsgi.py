import gc

from pochin.cli import wsgi


def test_what_is_loaded_once_is_out_of_the_collectors_sight():
    """Otherwise each sweep goes through all of it, and somebody waits for that."""
    threshold = gc.get_threshold()
    try:
        wsgi.settle()
        in_sight = len(gc.get_objects())
        assert gc.get_freeze_count() > 10 * in_sight
        assert gc.get_threshold()[0] == wsgi.YOUNG
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
