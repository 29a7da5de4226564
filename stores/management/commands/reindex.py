"""`python manage.py reindex [--union SLUG]`: build the search index anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from stores.services.search import index_all
from unions.queries import union_named


class Command(BaseCommand):
    help = "Builds the search index of one union, or of all, anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--union", help="slug of the union; all unions without it")

    def handle(self, *args: Any, union: str | None = None, **options: Any) -> None:
        found = union_named(union) if union else None
        if union and found is None:
            raise CommandError(f"There is no union {union!r}.")
        with scopes_disabled():
            self.stdout.write(f"{index_all(union=found)} products indexed")
