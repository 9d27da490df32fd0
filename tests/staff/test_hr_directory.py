"""Against Debian's slapd, over TLS with certificates that are verified."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from geo.models import ImportRun
from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_directory import read_directory
from salesapp.staff.hr_feed import Feed
from salesapp.staff.models import Employee
from tests.conftest import Town
from tests.servers.slapd import LIMITED, PASSWORD, READER, Entry, Slapd, person

COLUMNS = {
    "employeeNumber": "employee_no", "displayName": "name", "title": "role", "departmentNumber": "store",
    "employeeType": "state",
}  # fmt: skip
MANY = 1_700

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A directory of more people than four pages hold."""
    slapd = Slapd(tmp_path_factory.mktemp("slapd"))
    slapd.start(person(f"E{n}", departmentNumber="N1" if n % 2 else "S1") for n in range(MANY))
    yield slapd
    slapd.stop()


@pytest.fixture
def slapd(tmp_path: Path) -> Iterator[Slapd]:
    slapd = Slapd(tmp_path / "slapd")
    yield slapd
    slapd.stop()


@pytest.fixture(autouse=True)
def _reader(settings: Settings) -> None:
    settings.HR_LDAP_BIND_DN, settings.HR_LDAP_PASSWORD = READER, PASSWORD


def feed(slapd: Slapd, settings: Settings, address: str = "") -> Feed:
    settings.HR_LDAP_CA = str(slapd.certificate)
    return Feed(address or slapd.address(), COLUMNS, {})


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_everybody_of_every_page_joins_and_a_second_time_nobody(
    town: Town, many: Slapd, settings: Settings, scheme: str
) -> None:
    source = feed(many, settings, many.address(scheme=scheme))
    done = import_employees(feed=source)
    assert (done.run.rows, done.run.created, done.run.refused) == (MANY, MANY, 0)
    assert (done.run.source, done.run.file_name) == ("ldap", "127.0.0.1")
    assert Employee.objects.filter(region=town.north, store=town.north_store).count() == MANY // 2
    asked_at = timezone.now()
    again = import_employees(feed=source)
    assert (again.run.unchanged, again.told) == (MANY, [])
    # A directory is as new as its answer
    assert again.run.made_at
    assert asked_at <= again.run.made_at <= again.run.finished_at


def test_who_is_gone_from_the_directory_leaves(town: Town, slapd: Slapd, settings: Settings, alice: Employee) -> None:
    slapd.start([person("alice", displayName="alice"), person("E2"), person("E3", employeeType="left")])
    import_employees(feed=feed(slapd, settings))
    slapd.start([person("E2", departmentNumber="S1"), person("E3", employeeType="left")])
    done = import_employees(feed=feed(slapd, settings))
    assert [(line.what, line.employee_no) for line in done.told] == [("moves", "E2"), ("leaves", "alice")]
    alice.refresh_from_db()
    assert not alice.is_active


def test_an_attribute_with_several_values_is_not_guessed_at(
    town: Town, slapd: Slapd, settings: Settings, alice: Employee
) -> None:
    slapd.start([
        person("alice", title=["salesperson", "manager"]), person("E2"),
        person("E3", departmentNumber=["N1", "S1"]),
    ])  # fmt: skip
    done = import_employees(feed=feed(slapd, settings))
    assert done.run.reasons == {"unknown_role": 1, "unknown_store": 1}
    assert [(line.what, line.employee_no) for line in done.told] == [("joins", "E2")]


def refused(source: Feed) -> str:
    with pytest.raises(EmployeesNotImported) as caught:
        import_employees(feed=source)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert PASSWORD not in sentence
    assert not ImportRun.objects.exists()
    assert list(Employee.objects.values_list("employee_no", "disabled_at")) == [("alice", None)]
    return sentence


def test_a_wrong_password_is_told(alice: Employee, many: Slapd, settings: Settings) -> None:
    settings.HR_LDAP_PASSWORD = "wrong"
    assert "refuses HR_LDAP_BIND_DN" in refused(feed(many, settings))


def test_a_name_without_a_password_is_not_taken_for_nobodys(alice: Employee, many: Slapd, settings: Settings) -> None:
    settings.HR_LDAP_PASSWORD = ""
    assert refused(feed(many, settings)) == "HR_LDAP_PASSWORD is not set"


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_certificate_of_an_unknown_authority_is_told(
    alice: Employee, many: Slapd, slapd: Slapd, settings: Settings, scheme: str
) -> None:
    source = feed(many, settings, many.address(scheme=scheme))
    settings.HR_LDAP_CA = str(slapd.certificate)
    assert "not by TLS that can be trusted" in refused(source)


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_certificate_for_another_name_is_told(alice: Employee, many: Slapd, settings: Settings, scheme: str) -> None:
    address = many.address(scheme=scheme).replace("127.0.0.1", "localhost")
    assert "not by TLS that can be trusted" in refused(feed(many, settings, address))


def test_no_environment_switches_the_verification_off(
    alice: Employee, many: Slapd, slapd: Slapd, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDAPTLS_REQCERT", "never")
    source = feed(many, settings)
    settings.HR_LDAP_CA = str(slapd.certificate)
    assert "not by TLS that can be trusted" in refused(source)


def test_a_port_without_tls_gets_no_password(alice: Employee, many: Slapd, settings: Settings) -> None:
    address = many.address().replace(str(many.tls_port), str(many.port))
    assert "not by TLS that can be trusted" in refused(feed(many, settings, address))


def test_a_server_that_has_no_tls_gets_no_password_either(
    alice: Employee, many: Slapd, tmp_path: Path, settings: Settings
) -> None:
    plain = Slapd(tmp_path / "plain", has_tls=False)
    plain.start([person("alice")])
    try:
        assert "StartTLS" in refused(feed(plain, settings, plain.address(scheme="ldap")))
    finally:
        plain.stop()


def test_a_server_that_goes_down_between_pages_is_told(slapd: Slapd, settings: Settings) -> None:
    slapd.start(person(f"E{n}") for n in range(1_100))
    rows = read_directory(feed(slapd, settings).address, list(COLUMNS))
    next(rows)
    slapd.stop()
    with pytest.raises(EmployeesNotImported, match="does not answer"):
        list(rows)


def test_a_missing_file_of_authorities_is_told(alice: Employee, many: Slapd, settings: Settings) -> None:
    source = feed(many, settings)
    settings.HR_LDAP_CA = "/nowhere.pem"
    assert "HR_LDAP_CA" in refused(source)


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_a_server_that_is_down_is_told(alice: Employee, slapd: Slapd, settings: Settings, scheme: str) -> None:
    slapd.start([person("alice")])
    source = feed(slapd, settings, slapd.address(scheme=scheme))
    slapd.stop()
    assert refused(source) == "the directory does not answer"


def test_a_server_that_gives_only_some_is_told(alice: Employee, many: Slapd, settings: Settings) -> None:
    settings.HR_LDAP_BIND_DN = LIMITED
    assert "fewer entries than there are" in refused(feed(many, settings))


def test_a_part_that_lies_on_another_server_is_told(alice: Employee, slapd: Slapd, settings: Settings) -> None:
    elsewhere: Entry = {
        "dn": "ou=north,ou=people,dc=example,dc=com", "objectClass": ["referral", "extensibleObject"],
        "ou": "north", "ref": "ldap://127.0.0.1:1/ou=north,ou=people,dc=example,dc=com",
    }  # fmt: skip
    slapd.start([person("alice"), elsewhere])
    assert "another server" in refused(feed(slapd, settings))


def test_a_base_that_is_not_there_and_a_filter_that_is_none_are_told(
    alice: Employee, many: Slapd, settings: Settings
) -> None:
    assert "no such base" in refused(feed(many, settings, many.address(base="ou=none,dc=example,dc=com")))
    assert "filter" in refused(feed(many, settings, many.address(search="(title")))


def test_a_search_that_finds_nobody_is_an_empty_list(alice: Employee, many: Slapd, settings: Settings) -> None:
    assert refused(feed(many, settings, many.address(search="(title=king)"))) == "the list has no rows"


@pytest.mark.parametrize(
    "address",
    [
        "http://hr.example.com/dc=example", "ldap://", "ldaps://hr.example.com", "ldaps://hr.example.com/dc=x?cn",
        "ldaps://hr.example.com/dc=x??deep", "ldaps://who:secret@hr.example.com/dc=x", "ldapi://%2Ftmp/dc=x",
        "ldaps://hr.example.com/dc=x????bindname=secret", "ldaps://hr.example.com:port/dc=x",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(EmployeesNotImported, match="a directory's address is ldaps://") as caught:
        Feed(address, COLUMNS, {})
    assert "secret" not in str(caught.value)


def test_a_directory_needs_its_attributes_named() -> None:
    with pytest.raises(EmployeesNotImported, match="ATTRIBUTE=FIELD"):
        Feed("ldaps://hr.example.com/dc=x", {}, {})


def test_without_the_package_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesapp.staff.hr_feed._DIRECTORY", "salesapp.staff.no_such_module")
    with pytest.raises(EmployeesNotImported, match=r"pip install salesapp\[ldap\]"):
        Feed("ldaps://hr.example.com/dc=x", COLUMNS, {})
