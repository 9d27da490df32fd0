import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from salesapp.demo import planted
from tests.demo.conftest import Seeded


def test_says_that_the_town_is_there_and_how_to_sign_in(seeded: Seeded) -> None:
    out = StringIO()
    call_command("seed_demo", members=seeded.plan.members, seed=seeded.plan.seed, stdout=out)
    text = out.getvalue()
    assert "2,000 members is there already" in text
    for name in ("alice", "bob", "charlie", "dana", "erin", "mei", "lin", "root"):
        assert name in text
    # the two numbers that a newcomer may type, invented and from a prefix that is not assigned, and no other
    assert set(re.findall(r"\d{11}", text)) == {planted.STORY[0].phone, planted.NOT_A_MEMBER}


def test_user_errors_are_sentences(seeded: Seeded) -> None:
    with pytest.raises(CommandError, match="Another demo town"):
        call_command("seed_demo", members=1_000)
    with pytest.raises(CommandError, match="at least"):
        call_command("seed_demo", members=3)
    with override_settings(DEMO=False), pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
