"""Which kinds of work a provider can tick."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ascc.queries.desk import skills_tree
from unions.models import SignalCode


@pytest.mark.django_db
def test_a_page_offers_two_levels_all_services_and_what_is_held():
    for code in ("hg-13-5-4", "hg-13-5-5"):
        SignalCode.objects.create(
            code=code, parent_id="hg-13-5", title=code, ancestors=["hg", "hg-13", "hg-13-5", code]
        )
    with CaptureQueriesContext(connection) as spent:
        tree = {top.code: {code.code for code in below} for top, below in skills_tree(["hg-13-5-4"])}
    assert len(spent) == 1
    assert {"hg-13", "hg-13-5-4"} <= tree["hg"]
    assert not {"hg-13-5", "hg-13-5-5"} & tree["hg"]
    assert {"sv-repair", "sv-repair-bike"} <= tree["sv"]
