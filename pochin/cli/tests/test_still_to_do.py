"""After a restore: what is left to do by hand, in sentences."""

from pochin.cli.restore import still_to_do


def test_where_everything_was_in_the_archive_processes_are_restarted():
    (words,) = still_to_do()

    assert words.startswith("Restart the server and every worker:")


def test_a_store_in_a_bucket_is_brought_back_first_and_then_all_is_restarted(settings):
    settings.LAKE = "s3://bucket/lake"
    bring, restart = still_to_do()

    assert "“lake”" in bring
    assert "as it stood when the archive was written" in bring
    assert restart.startswith("Restart the server and every worker once that is done:")
