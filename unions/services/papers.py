"""Checking the papers that come with an application: by their content, never by the name or type that was claimed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import PurePath

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image

from core.errors import Invalid

LARGEST_PAPER = 10 * 1024 * 1024
MOST_PAPERS = 10
MOST_PIXELS = 80_000_000
IMAGE_ENDINGS = {"PNG": ("png", "image/png"), "JPEG": ("jpg", "image/jpeg")}


class PaperRefused(Invalid):
    """The file is empty, too large or of a kind that is not taken."""

    code = "paper_refused"
    detail = _("Papers are PDF, PNG or JPEG files of at most 10 MB each.")


class TooManyPapers(Invalid):
    """More papers were handed in than an application may have."""

    code = "too_many_papers"
    detail = _("At most ten papers can be handed in at once.")


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """A paper whose content is what `content_type` says."""

    title: str
    ending: str
    content_type: str
    file: File


def check_papers(*, papers: list[UploadedFile]) -> list[CheckedPaper]:
    """Raises PaperRefused (`file` names the paper) or TooManyPapers."""
    if len(papers) > MOST_PAPERS:
        raise TooManyPapers(field="papers")
    return [check_paper(paper=paper) for paper in papers]


def check_paper(*, paper: UploadedFile) -> CheckedPaper:
    """Raises PaperRefused."""
    name = PurePath(paper.name or "").name[:160]
    if not paper.size:
        raise PaperRefused(_("“%(name)s” is empty.") % {"name": name}, field="papers", file=name)
    if paper.size > LARGEST_PAPER:
        raise PaperRefused(_("“%(name)s” is larger than 10 MB.") % {"name": name}, field="papers", file=name)
    kind = _kind_of(paper)
    if kind is None:
        raise PaperRefused(
            _("“%(name)s” is not a PDF, PNG or JPEG file, or is damaged.") % {"name": name}, field="papers", file=name
        )
    ending, content_type = kind
    return CheckedPaper(title=name or ending, ending=ending, content_type=content_type, file=paper)


def _kind_of(paper: UploadedFile) -> tuple[str, str] | None:
    paper.seek(0)
    head = paper.read(8)
    if head.startswith(b"%PDF-"):
        paper.seek(max(0, (paper.size or 0) - 2048))
        whole = b"%%EOF" in paper.read()
        paper.seek(0)
        return ("pdf", "application/pdf") if whole else None
    paper.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(paper, formats=list(IMAGE_ENDINGS)) as image:
                kind, size = image.format, image.size
                image.verify()
    except Exception:
        # Pillow raises many kinds of errors on damaged files; all of them mean the same here.
        return None
    finally:
        if not paper.closed:
            paper.seek(0)
    return IMAGE_ENDINGS[kind] if kind in IMAGE_ENDINGS and size[0] * size[1] <= MOST_PIXELS else None
