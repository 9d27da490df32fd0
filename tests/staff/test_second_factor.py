import pytest
from cryptography.exceptions import InvalidTag

from salesapp.staff.second_factor import address_of, in_letters, new_secret, seal, step_of, unseal

RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(at: int, code: str) -> None:
    assert step_of(RFC, code, now=at) == at // 30


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    taken = [step_of(RFC, "081804", now=1111111109 + 30 * off) is not None for off in (-2, -1, 0, 1, 2)]
    assert taken == [False, True, True, True, False]


@pytest.mark.parametrize("code", ["", "287083", "28708", "2870820", "ABCDEF", "２８７０８２", "\x00" * 6])
def test_anything_else_is_no_code(code: str) -> None:
    assert step_of(RFC, code, now=59) is None


def test_a_space_in_the_middle_is_how_apps_show_it() -> None:
    assert step_of(RFC, "287 082", now=59) == 1


def test_a_secret_opens_for_its_employee_alone() -> None:
    secret = new_secret()
    assert unseal(seal(secret, 7), 7) == secret
    assert secret not in seal(secret, 7)
    with pytest.raises(InvalidTag):
        unseal(seal(secret, 7), 8)


def test_apps_read_the_address_and_people_the_letters() -> None:
    assert address_of(RFC, account="mei", issuer="海澄") == (
        "otpauth://totp/%E6%B5%B7%E6%BE%84:mei?digits=6&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&algorithm=SHA1&issuer=%E6%B5%B7%E6%BE%84&period=30"
    )
    assert in_letters(RFC) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
