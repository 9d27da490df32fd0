"""The people of the story as one more batch: each in a household of their own in the story's community."""

import numpy as np

from salesapp.demo import catalogue, planted
from salesapp.demo.communities import Communities
from salesapp.demo.people import Batch, favourites
from salesapp.demo.planted import Cohort

_CODES = [plan.code for plan in catalogue.CATEGORIES]
_MEMBER_FOR_YEARS = 14
_MONTH = 30.4
_YEAR = 365.25


def story_batch(town: Communities, *, number: int, first_member: int) -> Batch:
    """planted.STORY with ids from ``first_member``; they bought the community's favourites at the list price."""
    people = planted.STORY
    count = len(people)
    best = favourites(0, int(town.district[0]))
    bought = [(i, _CODES.index(code), years) for i, person in enumerate(people) for code, years in person.bought]
    repairs = [(i, _CODES.index(code), months) for i, person in enumerate(people) for code, months in person.repairs]
    product = np.array([best[category] for _, category, _ in bought])
    return Batch(
        number=number, first_member=first_member,
        community=np.zeros(count, dtype=np.int64),
        flat=2 * town.households[0] + np.arange(count),  # in buildings beyond those of everybody else
        cohort=np.full(count, int(Cohort.NONE)),
        household=np.arange(count),
        surname=np.array([person.surname for person in people]),
        title=np.array([person.title for person in people]),
        since=np.full(count, int(_MEMBER_FOR_YEARS * _YEAR)),
        refuses=np.array([person.refuses_profiling for person in people]),
        erased=np.array([person.erased for person in people]),
        phone=np.array([int(person.phone) for person in people]),
        said=np.array([int(person.said) for person in people]),
        has_email=np.zeros(count, dtype=bool),
        buyer=np.array([i for i, _, _ in bought]),
        category=np.array([category for _, category, _ in bought]),
        product=product,
        bought=np.array([int(years * _YEAR) for _, _, years in bought]),
        price=np.array([catalogue.models()[i].price for i in product]),
        store=np.zeros(len(bought), dtype=np.int64),
        told_by=np.array([i for i, _, _ in repairs]),
        event=np.array(["repair"] * len(repairs)),
        about=np.array([category for _, category, _ in repairs]),
        happened=np.array([int(months * _MONTH) for _, _, months in repairs]),
    )  # fmt: skip
