"""The examples of docs/api.md, run as they stand, against a real site with real keys."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from martunion.embedded import BASE_DIR


def examples() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", (BASE_DIR / "docs" / "api.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")
def test_examples_of_the_api_work_as_written(live_site, tmp_path: Path):
    """From an empty cart to a delivered order, stock, prices, books, talks, codes, members and rooms, in one shell."""
    # The examples leave their answers in files; the folder of the project is not theirs to fill.
    program = "\n".join(examples()).replace(".venv/bin/python manage.py", f"{sys.executable} {BASE_DIR / 'manage.py'}")
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-x", "-c", program],
        cwd=tmp_path,
        env={**live_site.environment, "SITE": live_site.address},
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    said = result.stdout.split()
    steps = "authorized accepted packed delivered countered declined ended held free active cancelled".split()
    assert [step for step in steps if step not in said] == []


def open_the_description(page: Page) -> dict[str, Any]:
    """The page, and the document it is drawn from. The examples may have used up what an address asks in a minute."""
    while True:
        with page.expect_response("**/api/v1/schema/", timeout=150_000) as asked:
            page.goto("/api/v1/docs/")
        answer = asked.value
        if answer.status != 429:
            assert answer.status == 200
            return answer.json()  # type: ignore[no-any-return]
        page.wait_for_timeout(1000 * float(answer.headers["retry-after"]))


def test_documentation_page_works_under_its_policy(new_page, live_site):
    """The page lists the operations and tries one out; nothing comes from elsewhere, nothing is blocked."""
    page = new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    described = open_the_description(page)["paths"]
    rooms = {tag for path in described.values() for operation in path.values() for tag in operation.get("tags", ())}
    # Every room of the API by its name; what stands in one is drawn when it is opened.
    expect(page.locator(".opblock-tag")).to_have_count(len(rooms))
    page.locator("#operations-tag-unions").click()
    operation = page.locator("#operations-unions-unions_list")
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    assert [url for url in requested if not url.startswith((live_site.address, "data:", "blob:"))] == []
