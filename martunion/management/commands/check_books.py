"""`manage.py check_books [--union SLUG]`: the daily comparison of all books, now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_scopes import scopes_disabled

from orders.services.daily_check import check_union
from unions.queries import unions_hosted_here


class Command(BaseCommand):
    help = "Compares orders, payments, stock, ledger and payouts; ends with an error when anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--union", metavar="SLUG", help="only this union")

    def handle(self, *args: Any, **options: Any) -> None:
        unions = unions_hosted_here()
        if options["union"]:
            unions = unions.filter(slug=options["union"])
            if not unions.exists():
                raise CommandError(f"There is no union “{options['union']}” here.")
        found = 0
        with scopes_disabled():
            for union in unions:
                report = check_union(union=union, now=timezone.now())
                found += len(report.differences)
                self.stdout.write(f"{union.slug}: {len(report.differences)} differences")
                for difference in report.differences:
                    self.stdout.write(f"  {difference['code']}: {difference['text']}")
        if found:
            raise CommandError(f"{found} differences")
