"""What django-unfold says in the office: it has no languages of its own, so its words stand in our catalogues."""

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Add row"),
    _("Apply Filters"),
    _("Clear all filters"),
    _("Click to download"),
    _("Dark"),
    _("Expand row"),
    _("Filters"),
    _("Light"),
    _("Loading more results..."),
    _("More actions"),
    _("No data"),
    _("No recent searches"),
    _("No results matching your query"),
    _("Recent searches"),
    _("Select all rows"),
    _("Select record"),
    _("System"),
    _("This item will be deleted."),
    _("Toggle password visibility"),
    _("Type to search"),
)
