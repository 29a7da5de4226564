"""Every list and every page of the administration, and its overview, run a fixed number of queries."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.places import address, browser_of, furnish_more

COUNTS = {}


def count(client, path):
    with CaptureQueriesContext(connection, ) as queries:
        assert client.get(path).status_code == 200
    return len(queries), [q["sql"][:150] for q in queries]


def test_counts(here):
    client = browser_of(here.admin)
    one = {l: (count(client, address(l)), count(client, address(l, t))) for l, t in here.things.items()}
    furnish_more(here, "Further"); furnish_more(here, "Furthest")
    three = {l: (count(client, address(l)), count(client, address(l, t))) for l, t in here.things.items()}
    for l in one:
        print(f'    "{l}": ({one[l][0][0]}, {one[l][1][0]}),', "" if [x[0] for x in one[l]] == [x[0] for x in three[l]] else f"  # !!! {[x[0] for x in three[l]]}")
        if one[l][0][0] != three[l][0][0]:
            print("\n".join(three[l][0][1]))
        if one[l][1][0] != three[l][1][0]:
            print("\n".join(three[l][1][1]))
    print(count(client, "/admin/")[0])
