"""Who publishes the site stands under every page, where the installation says it."""

from django.test import Client

from pochin.home import context


def test_the_imprint_stands_under_every_page_where_it_is_given(settings, db):
    assert "imprint" not in Client().get("/news/").content.decode()

    settings.IMPRINT = {"publisher": "АНО «Центр»", "editor": "И. Петрова", "age": "12+"}
    context._menus.cache_clear()
    under = Client().get("/news/").content.decode()
    context._menus.cache_clear()

    assert "АНО «Центр»" in under
    assert "12+" in under
