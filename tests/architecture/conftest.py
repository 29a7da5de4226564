"""Two unions that are filled alike, for the walks through all addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.architecture.two_unions import Place


@pytest.fixture
def papers(settings, tmp_path) -> None:
    """Papers lie outside of the media folder."""
    own = {
        **settings.STORAGES["papers"],
        "OPTIONS": {"location": tmp_path / "papers", "base_url": "/account/papers/"},
    }
    settings.STORAGES = {**settings.STORAGES, "papers": own}


@pytest.fixture
def near(papers) -> Place:
    # Not above: models can only be imported when Django is ready.
    from tests.architecture.two_unions import filled

    return filled("near", "NEAR", "Zephyrine")


@pytest.fixture
def far(papers) -> Place:
    from tests.architecture.two_unions import filled

    return filled("far", "FARR", "Quixotic")
