"""The floor: a Django project of one page. Nothing can be drawn with the same engine for much less."""
