"""Every list and every page of the administration, and its overview, run a fixed number of queries."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.places import address, browser_of, furnish_more, thicken

# List and page; the host, the person and the person's places in offices are three of each.
COUNTS: dict = {}
OVERVIEW = 15


def count(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200, path
    return len(queries)


def counts(client, place):
    return {
        label: (count(client, address(label)), count(client, address(label, thing)))
        for label, thing in place.things.items()
    }


def test_lists_and_pages_run_a_fixed_number_of_queries(here):
    client = browser_of(here.admin)
    counts(client, here)  # kinds of content are remembered by the process from the first look on
    print(first := counts(client, here))
    for at, name in enumerate(("Further", "Furthest")):
        furnish_more(here, name)
        thicken(here, at)
    second = counts(client, here)
    print({l: (first[l], second[l]) for l in first if first[l] != second[l]})
    assert second == COUNTS


def test_overview_runs_a_fixed_number_of_queries(here, there, center):
    one = count(browser_of(here.admin), "/admin/")
    furnish_more(here, "Further")
    furnish_more(here, "Furthest")
    assert (one, count(browser_of(here.admin), "/admin/")) == (OVERVIEW, OVERVIEW)
    # The center's unions come with one query instead of the places in offices.
    assert count(browser_of(center), "/admin/") == OVERVIEW
