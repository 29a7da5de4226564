"""A count of the shelves as each union's till writes it, waiting for somebody to say which column is which."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from stores.models import FileRun, StockLevel, Store
from stores.services.files.running import begin_import, run_file
from unions.models import Union

COUNTED = 12
TILLS = {
    "zh-hant": ("盤點.csv", "cp950", "貨號,商品名稱,實盤數"),
    "ko": ("실사.csv", "cp949", "상품코드,상품명,실사수량"),
    "en": ("count.csv", "cp1252", "Item code;Article;Counted;Remark"),
}
"""Name of the file, its letters and its headings, by the union's first language."""


def load_files(*, union: Union, until: datetime) -> None:
    """For the union's first store."""
    store = Store.objects.filter(union=union).select_related("union").order_by("pk").first()
    if store is None or FileRun.objects.filter(union=union).exists():
        return
    name, encoding, heading = TILLS.get(union.default_language, TILLS["en"])
    between = ";" if ";" in heading else ","
    levels = StockLevel.objects.filter(union=union, variant__store=store).select_related("variant__product")
    lines = [heading] + [
        between.join([level.variant.sku, level.variant.product.title.replace(between, " "), str(level.on_hand)])
        for level in levels.order_by("pk")[:COUNTED]
    ]
    # One that nobody knows, so that the try has something to say.
    lines.append(between.join(["NO-SUCH-THING", "?", "3"]))
    content = ContentFile("\r\n".join(lines).encode(encoding, "replace"), name=name)
    file = UploadedFile(content, name, size=content.size)
    run = begin_import(store=store, kind="stock", file=file, is_dry=True, actor=None, now=until)
    run_file(run_id=run.pk, now=until)
