"""The shape of the project: what import-linter cannot see, sizes, templates, migrations."""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django_scopes import scope
from django_scopes.manager import DisabledQuerySet

from core import outbox
from martunion.embedded import BASE_DIR

# From the bottom up; neighbours of one layer do not point at each other either.
LAYERS = {
    "core": 0,
    "accounts": 1,
    "unions": 2,
    "stores": 3,
    "payments": 3,
    "orders": 4,
    "chat": 5,
    "ascc": 6,
    "matching": 6,
    "martunion": 7,
}
CODE = [*LAYERS, "connector", "tests", "benchmarks"]
LONGEST_FILE = 400


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in LAYERS]


def files(*folders: str, suffix: str) -> list[Path]:
    """Of ours: a benchmark keeps the environments of its peers below `.work`."""
    found = (path for folder in folders for path in (BASE_DIR / folder).rglob(f"*{suffix}"))
    return sorted(path for path in found if ".work" not in path.parts)


def test_foreign_keys_point_downwards_only():
    upwards = []
    for model in our_models():
        app = model._meta.app_label
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            target = field.related_model._meta.app_label
            allowed = target not in LAYERS or target == app or LAYERS[target] < LAYERS[app]
            if not allowed:
                upwards.append(f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}")
    assert upwards == []


def test_no_generic_foreign_keys():
    generic = [model._meta.label for model in our_models() if model._meta.private_fields]
    assert generic == []


@pytest.mark.django_db
def test_no_migration_is_missing(capsys):
    call_command("makemigrations", check=True, dry_run=True)
    assert capsys.readouterr().out.strip() == "No changes detected"


def test_no_file_is_too_long():
    python = [path for path in files(*CODE, suffix=".py") if "migrations" not in path.parts]
    others = files("templates", suffix=".html") + files("static", suffix=".js")
    long = {
        path.relative_to(BASE_DIR).as_posix(): count
        for path in python + others
        if (count := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_file_is_called_utils():
    names = {"utils.py", "helpers.py", "misc.py", "common.py"}
    assert [str(path) for path in files(*CODE, suffix=".py") if path.name in names] == []


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:application/(?:ld\+)?json|speculationrules)\")|<style|\sstyle=|\son[a-z]+=|javascript:"
    r"|\shx-on|\shx-vals=.js:",
    re.IGNORECASE,
)


def test_templates_have_no_inline_script_or_style():
    """The policy of martunion/security.py would silently switch them off in the browser. Mail and print are not pages;
    django-unfold's own pages have their own policy."""
    found = []
    for path in files("templates", suffix=".html"):
        place = path.relative_to(BASE_DIR / "templates")
        if place.parts[0] in {"mail", "unfold", "admin"}:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            # Without template tags: `{% include … one=this %}` is no event attribute.
            if INLINE.search(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", line)):
                found.append(f"{place}:{number}: {line.strip()}")
    assert found == []


def test_nothing_comes_from_another_host():
    """No fonts, scripts or styles from a content network."""
    foreign = re.compile(r"(?:<script|<link|<img|@import|url\()[^>\n]*(?:https?:)?//[a-z0-9]", re.IGNORECASE)
    pages = files("templates", suffix=".html") + files("static", suffix=".css")
    found = [
        f"{path.name}:{number}"
        for path in pages
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if foreign.search(line) and 'rel="canonical"' not in line and "mail" not in path.parts
    ]
    assert found == []


def test_every_choice_class_has_values_that_fit_its_field():
    too_long = []
    for model in our_models():
        for field in model._meta.local_fields:
            if isinstance(field, models.CharField) and field.choices and field.max_length:
                longest = max(len(str(value)) for value, _ in field.flatchoices)
                if longest > field.max_length:
                    too_long.append(f"{model._meta.label}.{field.name}")
    assert too_long == []


OWNED_BY_NO_UNION = {
    "unions.BusinessClass": "ISIC's own table, the same for all",
    "unions.SignalCode": "one tree of goods and services, the same for all",
    "matching.SignalWord": "words of the one tree of goods and services",
    "ascc.SigningKey": "signs for all unions of the deployment; tokens name theirs",
    "unions.Enterprise": "one enterprise joins several unions",
    "unions.EnterpriseMember": "follows the enterprise",
    "payments.PaymentAccount": "a person pays with it in every union",
    "payments.CodeTries": "counts what a person guesses, in whichever union",
    "payments.BankTransfer": "the built-in bank's own books",
    "chat.PushSubscription": "a person's browser, whichever stores they answer for",
    "unions.PersonalFile": "everything that is kept of a person in all unions",
}
OUTSIDE_THE_NET = {
    "unions.Redirect": "written before a union is entered",
    "unions.HomeUnion": "asked for before a union is entered",
    "payments.ProviderCall": "the provider knows nothing of unions, its notices arrive without one",
}


def test_every_table_has_an_owner_and_hangs_in_the_net():
    """A new table without a `union`, or without a scoped manager, is a decision with a reason and not an oversight."""
    ownerless, loose = set(), set()
    for model in our_models():
        if (
            model._meta.app_label not in {"unions", "stores", "payments", "orders", "chat", "ascc", "matching"}
            or model._meta.label == "unions.Union"
        ):
            continue
        if "union" not in {field.name for field in model._meta.local_fields}:
            ownerless.add(model._meta.label)
            continue
        with scope(of_something_else=1):
            if not isinstance(model._default_manager.get_queryset(), DisabledQuerySet):
                loose.add(model._meta.label)
    assert ownerless == set(OWNED_BY_NO_UNION)
    assert loose == set(OUTSIDE_THE_NET)


def test_owned_tables_begin_their_unique_constraints_with_the_union():
    """A table with a `union` of its own is unique per union; below is what is unique everywhere, and why."""
    everywhere = {
        # The owner names a row by its kind and primary key, which no two unions share.
        "stock_hold_one_per_owner",
        # The key goes to the provider, who knows nothing of unions.
        "provider_call_idempotent",
        # Secrets by which a guest, a program or a link is recognized before its union is known.
        "orders.Cart.token",
        "orders.Purchase.token",
        "orders.PriceProposal.token",
        "orders.Reservation.token",
        "orders.CustomerResponse.token",
        "stores.Review.ref",
        "stores.ApiKey.key_hash",
        "chat.Attachment.ref",
        "chat.Call.ref",
        "ascc.VoucherGift.token",
        "ascc.WorkPicture.ref",
        # A connection of a process.
        "chat.ConsoleSession.channel",
        # A place in the one storage of private files.
        "unions.MembershipPaper.file",
    }
    found = []
    for model in our_models():
        names = {field.name for field in model._meta.local_fields}
        if "union" not in names:
            continue
        for field in model._meta.local_fields:
            label = f"{model._meta.label}.{field.name}"
            if field.unique and not field.primary_key and not field.is_relation and label not in everywhere:
                found.append(label)
        for constraint in model._meta.constraints:
            if (
                isinstance(constraint, models.UniqueConstraint)
                and constraint.fields
                and constraint.fields[0] != "union"
            ):
                first = model._meta.get_field(constraint.fields[0])
                if not first.is_relation and constraint.name not in everywhere:
                    found.append(f"{model._meta.label}: {constraint.name}")
    assert found == []


def published_kinds() -> set[str]:
    """Every event that an app's events.py says it publishes."""
    kinds: set[str] = set()
    for app in LAYERS:
        if find_spec(f"{app}.events"):
            for value in vars(import_module(f"{app}.events")).values():
                kinds |= {
                    kind
                    for kind in (value.values() if isinstance(value, dict) else [value])
                    if isinstance(kind, str) and kind.startswith(f"{app}.") and kind != f"{app}.events"
                }
    return kinds


def test_events_stand_in_the_events_file_of_the_app_that_publishes_them():
    """A handler of an event that nobody publishes would never run, and nobody would notice."""
    handled = {
        kind for kind, handlers in outbox._handlers.items() if any(not name.startswith("tests.") for name in handlers)
    }
    assert "payments.request_authorized" in handled
    assert handled - published_kinds() == set()


def test_events_are_published_by_name_and_not_by_text():
    text = re.compile(r"(?<!\.)publish(?:_all)?\(\s*(?:\[\s*\(?\s*)?f?\"|handles\(\s*\*?\(?f?\"")
    found = [
        path.relative_to(BASE_DIR).as_posix()
        for path in files(*LAYERS, suffix=".py")
        if path.name != "outbox.py" and text.search(path.read_text())
    ]
    assert found == []


def test_documents_name_only_files_that_exist():
    rooms = "|".join([*CODE, "templates", "static", "locale", "docs", "deploy", "requirements"])
    named = re.compile(rf"`((?:{rooms})/[\w./-]*\w/?)`")
    missing = [
        f"{path.relative_to(BASE_DIR)}: {name}"
        for path in [BASE_DIR / "README.md", BASE_DIR / "CONTRIBUTING.md", *files("docs", suffix=".md")]
        for name in named.findall(path.read_text())
        if not (BASE_DIR / name).exists() and not (BASE_DIR / f"{name}.py").exists()
    ]
    assert missing == []
