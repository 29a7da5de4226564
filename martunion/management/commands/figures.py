"""`manage.py figures [--union SLUG] [--anew]`: compare the kept figures of days, or count them anew.

Those of sales with the orders and the books, those of visitors with the browsing record as far back as it is kept.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from orders.queries.figures_check import days_that_differ
from orders.queries.visits_check import visit_days_that_differ
from orders.services.figures import count_all_touched, touch_union
from orders.services.visit_days import count_record
from unions.queries import unions_hosted_here


class Command(BaseCommand):
    help = (
        "Compares the figures kept of each day with orders, books and browsing record; an error when anything differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--union", metavar="SLUG", help="only this union")
        parser.add_argument("--anew", action="store_true", help="first count all days anew")

    def handle(self, *args: Any, **options: Any) -> None:
        unions = unions_hosted_here()
        if options["union"]:
            unions = unions.filter(slug=options["union"])
            if not unions.exists():
                raise CommandError(f"There is no union “{options['union']}” here.")
        found, now = 0, timezone.now()
        with scopes_disabled():
            for union in unions:
                if options["anew"]:
                    touch_union(union=union)
                    self.stdout.write(f"{union.slug}: {count_all_touched(union=union)} days counted")
                    seen = count_record(union=union, now=now)
                    self.stdout.write(f"{union.slug}: {seen} days of visitors counted")
                compared, differing = days_that_differ(union, before=now)
                found += len(differing)
                self.stdout.write(f"{union.slug}: {compared} days compared, differences: {len(differing)}")
                for each in differing:
                    self.stdout.write(f"  store {each.store_id}, {each.day}: {each.of}")
                compared, unlike = visit_days_that_differ(union, before=now, now=now)
                found += len(unlike)
                self.stdout.write(f"{union.slug}: {compared} days of visitors compared, differences: {len(unlike)}")
                for day in unlike:
                    self.stdout.write(f"  {day.day}: {day.of}")
        if found:
            raise CommandError(f"{found} differences")
