"""Files of any length go out while they are written, from either kind of server."""

import asyncio
import io
from itertools import count

from django.test import AsyncRequestFactory, RequestFactory
from openpyxl import load_workbook

from ascc.presenting.tables import BLOCK, table_file

HEAD = ["code", "for"]


def rows(number, read):
    for line in range(number):
        read.append(line)
        yield [f"B-{line}", "=a lamp"]


def test_csv_is_sent_before_its_last_row_is_read():
    read = []
    response = table_file(RequestFactory().get("/"), name="vouchers", shape="csv", head=HEAD, rows=rows(50_000, read))
    assert read == []
    first = next(iter(response))
    assert first.startswith("\ufeffcode,for\r\nB-0,'=a lamp\r\nB-1,".encode())
    assert BLOCK <= len(first) < 1.1 * BLOCK
    assert 2_000 < len(read) < 10_000
    assert response["Content-Disposition"] == 'attachment; filename="vouchers.csv"'
    # The first block of a file without end: nobody waits for the rest.
    endless = ([str(number), ""] for number in count())
    assert next(iter(table_file(RequestFactory().get("/"), name="all", shape="csv", head=HEAD, rows=endless)))


def test_csv_for_an_asynchronous_server_says_the_same():
    request = AsyncRequestFactory().get("/")

    async def received():
        response = table_file(request, name="vouchers", shape="csv", head=HEAD, rows=rows(9_000, []))
        return [block async for block in response]

    blocks = asyncio.run(received())
    assert len(blocks) > 2
    told = table_file(RequestFactory().get("/"), name="vouchers", shape="csv", head=HEAD, rows=rows(9_000, []))
    assert b"".join(blocks) == told.getvalue()
    lines = b"".join(blocks).decode("utf-8-sig").splitlines()
    assert (len(lines), lines[-1]) == (9_001, "B-8999,'=a lamp")


def test_workbook_has_every_row():
    response = table_file(RequestFactory().get("/"), name="vouchers", shape="xlsx", head=HEAD, rows=rows(3, []))
    sheet = load_workbook(io.BytesIO(response.getvalue())).active
    assert [[cell.value for cell in row] for row in sheet] == [HEAD, *([f"B-{line}", "'=a lamp"] for line in range(3))]
