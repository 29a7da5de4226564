"""`manage.py issue_key`: an API key from the command line, for a union's office, a store or a customer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from accounts.models import User
from core.errors import DomainError
from stores.models import Store
from stores.services.keys import SCOPES, issue_key
from unions.queries import union_named


class Command(BaseCommand):
    """Prints the key and nothing else; it is never shown again."""

    help = "Issue an API key and print it. It belongs to the union, or to one of its stores, or to a customer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--union", required=True, help="the union's short name")
        owner = parser.add_mutually_exclusive_group()
        owner.add_argument("--store", help="a store's short name: the key is the store's")
        owner.add_argument("--customer", help="an e-mail address of a sign-in: the key is that customer's")
        parser.add_argument("--name", default="command line", help="which program uses it")
        parser.add_argument("--scopes", default=",".join(SCOPES), help="separated by commas; all if left out")

    @scopes_disabled()
    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an owner that does not exist and for unknown scopes."""
        union = union_named(options["union"])
        if union is None:
            raise CommandError(f"There is no union {options['union']}.")
        store = user = None
        if options["store"]:
            store = Store.objects.filter(union=union, slug=options["store"]).first()
            if store is None:
                raise CommandError(f"{union.slug} has no store {options['store']}.")
        if options["customer"]:
            user = User.objects.filter(email__iexact=options["customer"]).first()
            if user is None:
                raise CommandError(f"Nobody signs in as {options['customer']}.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            _key, plain = issue_key(
                union=union, store=store, user=user, name=options["name"], scopes=scopes, actor=None
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(plain)
