from datetime import UTC, date, datetime

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

MOMENT = datetime(2026, 11, 3, 15, 4, tzinfo=UTC)


@pytest.mark.parametrize("name", ["DATE_FORMAT", "SHORT_DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT"])
def test_english_has_one_form_of_dates(name: str) -> None:
    with override("en"):
        assert date_format(MOMENT, name) == ("3 Nov 2026, 15:04" if "TIME" in name else "3 Nov 2026")


def test_days_of_a_year_are_not_padded() -> None:
    for language, day in (("en", "3 Sep"), ("zh-hans", "9月3日")):
        with override(language):
            assert date_format(date(2026, 9, 3), "MONTH_DAY_FORMAT") == day
