"""The law of services and errors that no linter knows: keywords only, and every refusal says what it means."""

import ast
from importlib import import_module
from pathlib import Path

from core.errors import DomainError
from martunion.embedded import BASE_DIR

APPS = ("accounts", "unions", "stores", "payments", "orders", "chat", "ascc", "matching")


def service_files() -> list[Path]:
    """Every file of services, also the only one of an app that has no package for them."""
    found = [path for app in APPS for path in (BASE_DIR / app / "services").rglob("*.py")]
    return found + [path for app in APPS if (path := BASE_DIR / app / "services.py").exists()]


def public_functions(path: Path) -> list[ast.FunctionDef]:
    return [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_services_take_keywords_only():
    """A call says what each argument is, and a new one cannot slip into another's place."""
    positional = [
        f"{path.relative_to(BASE_DIR)}: {function.name}"
        for path in service_files()
        for function in public_functions(path)
        if function.args.posonlyargs or function.args.args or function.args.vararg
    ]
    assert positional == []


def test_services_say_what_they_do():
    silent = [
        f"{path.relative_to(BASE_DIR)}: {function.name}"
        for path in service_files()
        for function in public_functions(path)
        if not ast.get_docstring(function)
    ]
    assert silent == []


def test_services_do_not_ask_the_clock():
    """Time is passed in; monotonic clocks only measure."""
    asking = [
        f"{path.relative_to(BASE_DIR)}:{node.lineno}"
        for path in service_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"timezone.now", "datetime.now", "date.today"}
    ]
    assert asking == []


def domain_errors(error: type[DomainError] = DomainError) -> list[type[DomainError]]:
    below = [found for one in error.__subclasses__() for found in domain_errors(one)]
    return [error, *below]


def test_every_domain_error_says_in_a_sentence_what_it_means():
    for path in (path for app in APPS for path in (BASE_DIR / app).rglob("*.py")):
        if "migrations" not in path.parts:
            import_module(".".join(path.relative_to(BASE_DIR).with_suffix("").parts).removesuffix(".__init__"))
    errors = [error for error in domain_errors() if not error.__module__.startswith("tests.")]
    assert "orders.errors.CartBought" in {f"{error.__module__}.{error.__qualname__}" for error in errors}
    assert [error.__qualname__ for error in errors if not error.__dict__.get("__doc__")] == []
    assert [error.__qualname__ for error in errors if not str(error.code).isidentifier()] == []
