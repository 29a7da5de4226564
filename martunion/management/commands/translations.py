"""`python manage.py translations update|check|compile`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from martunion import translations


class Command(BaseCommand):
    """The catalogues in locale/, without the gettext programs."""

    help = "update the .po files from code and templates, check that nothing is untranslated, or compile the .mo files"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word: what to do."""
        parser.add_argument("action", choices=["update", "check", "compile"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Do it and say what changed."""
        if action == "compile":
            for path in translations.compile_catalogs():
                self.stdout.write(f"Compiled {path.relative_to(translations.BASE_DIR)}")
        elif action == "update":
            for language in translations.LANGUAGES:
                translations.update_catalog(language)
                self.stdout.write(f"{language}: {len(translations.untranslated(language))} untranslated")
        else:
            self.check_languages()

    def check_languages(self) -> None:
        """Name every string without a translation."""
        total = 0
        for language in translations.LANGUAGES:
            missing = translations.untranslated(language)
            total += len(missing)
            for line in missing:
                self.stderr.write(f"{language}: {line}")
        if total:
            raise CommandError(
                f"{total} strings have no translation: `make messages` adds them to locale/, fill them in."
            )
