"""Dates in Korean: the half of the day stands before the hour, short dates have a blank after each point.

Django's own Korean formats write "11:36 오전" and "2026-3-5"; what is not named here stays theirs.
"""

DATETIME_FORMAT = "Y년 n월 j일 A g:i"
SHORT_DATE_FORMAT = "Y. n. j."
SHORT_DATETIME_FORMAT = "Y. n. j. H:i"
