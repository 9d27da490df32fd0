"""Employees in HR's directory (LDAP), read with OpenLDAP's own client library: the extra ``ldap``."""

import socket
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import ldap
from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from ldap.controls import SimplePagedResultsControl
from ldap.ldapobject import LDAPObject
from ldapurl import LDAPUrl

from geo.intake import Row
from salesapp.staff.errors import EmployeesNotImported

_PAGE = 500  # entries; what servers give at once to readers without rights of their own
_CONNECT_SECONDS, _ANSWER_SECONDS = 10, 60
_PORTS = {"ldap": 389, "ldaps": 636}
_SCOPES = {None: ldap.SCOPE_SUBTREE, 0: ldap.SCOPE_BASE, 1: ldap.SCOPE_ONELEVEL, 2: ldap.SCOPE_SUBTREE}
_SENTENCES = {
    ldap.INVALID_CREDENTIALS: "the directory refuses HR_LDAP_BIND_DN with HR_LDAP_PASSWORD",
    ldap.NO_SUCH_OBJECT: "the directory has no such base, or hides it from HR_LDAP_BIND_DN",
    ldap.INSUFFICIENT_ACCESS: "HR_LDAP_BIND_DN may not read there",
    ldap.SIZELIMIT_EXCEEDED: "the directory gives HR_LDAP_BIND_DN fewer entries than there are: raise its limit",
    ldap.ADMINLIMIT_EXCEEDED: "the directory gives HR_LDAP_BIND_DN fewer entries than there are: raise its limit",
    ldap.FILTER_ERROR: "the filter in the address cannot be read",
    ldap.PROTOCOL_ERROR: "the directory does not take StartTLS; try ldaps://",
    ldap.UNAVAILABLE_CRITICAL_EXTENSION: "the directory cannot give its entries page by page",
    ldap.TIMEOUT: f"the directory did not answer within {_ANSWER_SECONDS} seconds",
}


def parse_address(address: str) -> LDAPUrl:
    """The parts of an address (RFC 4516). Raises EmployeesNotImported, which does not repeat it."""
    try:
        url = LDAPUrl(address)
        if url.urlscheme in _PORTS and url.dn and _host_and_port(url) and not (url.attrs or url.extensions):
            return url
    except ValueError:
        pass
    raise EmployeesNotImported("a directory's address is ldaps://host/base or ldaps://host/base??sub?(filter)")


def read_directory(address: str, attributes: Sequence[str]) -> Iterator[Row]:
    """The entries as rows of these attributes, numbered as they come; every entry, or EmployeesNotImported.

    ldap:// becomes TLS before a name is said (StartTLS); the certificate is verified in any case.
    """
    url = parse_address(address)
    try:
        connection = _sign_in(url)
        try:
            for number, (dn, entry) in enumerate(_pages(connection, url, attributes), start=1):
                if dn is None:
                    # What lies on the other server would look like people who have left
                    raise EmployeesNotImported("the directory refers to another server: name a base that is here")
                yield _row(number, {name.lower(): values for name, values in entry.items()}, attributes)
        finally:
            connection.unbind_s()
    except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR):
        raise EmployeesNotImported(_why_not_reached(url)) from None
    except ldap.LDAPError as error:
        # The server's own text may name an entry
        sentence = _SENTENCES.get(type(error), f"the directory refused the search ({type(error).__name__})")
        raise EmployeesNotImported(sentence) from None


@sensitive_variables("password")
def _sign_in(url: LDAPUrl) -> LDAPObject:
    name, password = settings.HR_LDAP_BIND_DN, settings.HR_LDAP_PASSWORD
    if name and not password:
        # A directory takes a name without a password for a reader without a name, and shows what such may see
        raise EmployeesNotImported("HR_LDAP_PASSWORD is not set")
    connection = ldap.initialize(f"{url.urlscheme}://{url.hostport}")
    try:
        # Each is said, whatever /etc/ldap/ldap.conf and LDAPTLS_REQCERT say
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, settings.HR_LDAP_CA)
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, ldap.OPT_X_TLS_PROTOCOL_TLS1_2)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    except ValueError:
        raise EmployeesNotImported("HR_LDAP_CA is no readable file of certificates") from None
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, _CONNECT_SECONDS)
    connection.set_option(ldap.OPT_TIMEOUT, _ANSWER_SECONDS)
    if url.urlscheme == "ldap":
        connection.start_tls_s()
    connection.simple_bind_s(name, password)
    return connection


def _pages(
    connection: LDAPObject, url: LDAPUrl, attributes: Sequence[str]
) -> Iterator[tuple[str | None, dict[str, list[bytes]]]]:
    cookie = ""
    while True:
        page = SimplePagedResultsControl(criticality=True, size=_PAGE, cookie=cookie)
        search = connection.search_ext(
            url.dn, _SCOPES[url.scope], url.filterstr or "(objectClass=*)", list(attributes), serverctrls=[page]
        )
        _kind, entries, _search, controls = connection.result3(search)
        yield from entries
        cookie = next(found.cookie for found in controls if found.controlType == page.controlType)
        if not cookie:
            return


def _row(number: int, entry: dict[str, list[bytes]], attributes: Sequence[str]) -> Row:
    """Of several values none is known to be the right one: a line break keeps them from being taken for a value."""
    texts = {
        name: "\n".join(value.decode(errors="surrogateescape").strip() for value in entry.get(name.lower(), []))
        for name in attributes
    }
    return Row(number, texts)


def _why_not_reached(url: LDAPUrl) -> str:
    """The client library says the same of a server that is down and of one that it does not trust."""
    try:
        socket.create_connection(_host_and_port(url), _CONNECT_SECONDS).close()
    except OSError:
        return "the directory does not answer"
    return (
        "the directory answers, but not by TLS that can be trusted: its certificate must name the host of the address"
        " and be signed by an authority in HR_LDAP_CA"
    )


def _host_and_port(url: LDAPUrl) -> tuple[str, int]:
    """Raises ValueError for what is neither."""
    parts = urlsplit(f"//{url.hostport}")
    if not parts.hostname or parts.username is not None:
        raise ValueError
    return parts.hostname, parts.port or _PORTS[url.urlscheme]
