"""The pytest plugin, as a user meets it: three lines, a closed network, and failures that say why."""

import sys
import textwrap

import pytest

import retoure.testing.clients
import retoure.testing.network  # noqa: F401 - once here, or every inner run would import them anew

CONFTEST = """
    import pytest
    from tests.replay.acme import acme_registry

    @pytest.fixture(scope="session")
    def retoure_registry():
        return acme_registry()
"""
PREAMBLE = """
    import pytest
    from retoure.model import Parcel, ReturnRequest, Address

    my_rma = ReturnRequest(
        rma="R1", return_to="berlin", parcel=Parcel.of("900 g"), ship_from=Address(
            name="Mia Muster", street="Am Hafen", house_number="3", postal_code="20457", city="Hamburg", country="DE"
        ),
    )

    def issue_label(client, request, account="acme"):
        return client.buy(request, key=request.rma + "/1", account=account)

    async def issue_label_async(client, request):
        return await client.buy(request, key=request.rma + "/1", account="acme")
"""
INI = """
    [pytest]
    addopts = --strict-markers --strict-config
    filterwarnings = error
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture
def users_test(pytester):
    """A function that runs a test module of a user and returns its outcome."""
    pytester.makeconftest(textwrap.dedent(CONFTEST))
    pytester.makeini(textwrap.dedent(INI))

    def run(body, *args):
        pytester.makepyfile(textwrap.dedent(PREAMBLE) + textwrap.dedent(body))
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *args)

    return run


def test_three_lines_replay_a_label_with_the_users_own_address(users_test):
    users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_rma_gets_a_label(retoure_client):
            label = issue_label(retoure_client, my_rma)
            assert retoure_client.sent[0].request.rma == "R1"
            assert retoure_client.sent[0].request.ship_from.city == "Hamburg"
            assert label.tracking_number == "00340000000000000017"
    """).assert_outcomes(passed=1)


def test_three_lines_replay_a_label_asynchronously(users_test):
    users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        async def test_rma_gets_a_label(async_retoure_client):
            label = await issue_label_async(async_retoure_client, my_rma)
            assert async_retoure_client.sent[0].request.rma == "R1"
            assert label.tracking_number == "00340000000000000017"
    """).assert_outcomes(passed=1)


def test_an_installed_carrier_is_replayed_without_further_ado(users_test, pytester):
    (pytester.path / "conftest.py").unlink()
    users_test("""
        @pytest.mark.retoure("dhl_paket/labels/pdf_and_qr")
        def test_rma_gets_a_label(retoure_client):
            label = issue_label(retoure_client, my_rma, account="dhl_paket")
            assert retoure_client.sent[0].request.rma == "R1"
            assert {document.format for document in label.documents} >= {"PDF", "QR"}
    """).assert_outcomes(passed=1)


def test_what_left_shows_the_request_and_no_secret(users_test):
    users_test("""
        @pytest.mark.retoure("acme/tracking/two_numbers", settings={"app_name": "canary-app", "client_secret": "canary-secret"})
        def test_tracking(retoure_client):
            retoure_client.track_many(["X"], account="acme")
            (sent,) = retoure_client.sent
            assert (sent.account, sent.operation, sent.http.method) == ("acme", "tracking.track", "GET")
            assert "SEALED.app.SEALED" in sent.http.url
            assert "canary" not in f"{sent!r} {sent.http!r} {sent.http.headers}"
    """).assert_outcomes(passed=1)


def test_the_clock_stands_where_the_scenario_says_and_nobody_sleeps(users_test):
    users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_issued_at(retoure_client):
            assert str(issue_label(retoure_client, my_rma).issued_at) == "2026-03-01 09:00:00+00:00"
    """).assert_outcomes(passed=1)


def test_a_user_may_name_the_account_and_the_return_address(users_test):
    users_test("""
        hub = {"address": my_rma.ship_from, "bindings": {"ours": {"receiver_id": "hub"}}}

        @pytest.mark.retoure("acme/labels/pdf", account="ours", return_addresses={"hub": hub})
        def test_own_names(retoure_client):
            assert issue_label(retoure_client, my_rma, account="ours").account == "ours"
            with pytest.raises(Exception, match="no return address 'mars' in the book; there are: berlin, hub"):
                retoure_client.check(my_rma.model_copy(update={"return_to": "mars"}), account="ours")
            assert retoure_client.check(my_rma.model_copy(update={"return_to": "hub"}), account="ours") == ()
    """).assert_outcomes(passed=1)


def test_several_scenarios_serve_one_test(users_test):
    users_test("""
        @pytest.mark.retoure("acme/labels/pdf", "acme/tracking/two_numbers")
        def test_journey(retoure_client):
            label = issue_label(retoure_client, my_rma)
            retoure_client.track_many([label])
            assert [sent.operation for sent in retoure_client.sent] == ["labels.create", "tracking.track"]
    """).assert_outcomes(passed=1)


def test_exact_strength_can_be_asked_for(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf", match="exact")
        def test_exactly(retoure_client):
            issue_label(retoure_client, my_rma)
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*does not match (exact)*", '*$.sender.city: expected "München", sent "Hamburg"*'])


def test_an_unused_interaction_fails_the_test_itself(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_forgets_to_buy(retoure_client):
            pass
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*expected, but never sent (1 of 1)*", "*POST https://api.acme.example/v1/labels*"])


def test_a_request_that_the_scenario_does_not_know_fails_with_its_url(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_strays(retoure_client):
            issue_label(retoure_client, my_rma)
            retoure_client.track_many(["X"], account="acme")
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing more is expected*", "*GET https://api.acme.example/v1/track?...*"])


def test_a_mismatch_that_the_users_code_swallows_still_fails(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_swallows(retoure_client):
            issue_label(retoure_client, my_rma)
            try:
                retoure_client.track_many(["X"], account="acme")
            except Exception:
                pass
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing more is expected*"])


def test_a_test_that_fails_by_itself_is_not_blamed_twice(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_own_failure(retoure_client):
            assert "mine" == "yours"
    """)
    result.assert_outcomes(failed=1)
    assert "never sent" not in result.stdout.str()


def test_a_client_without_a_marker_is_told_what_is_missing(users_test):
    result = users_test("""
        def test_no_marker(retoure_client):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*name the scenario, @pytest.mark.retoure('carrier/capability/situation')*"])


def test_a_wrong_argument_of_the_marker_is_named_with_those_there_are(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf", bogus=1)
        def test_typo(retoure_client):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*takes no bogus; it takes names and match, account, settings, return_addresses, allow*"])


def test_an_unknown_scenario_is_answered_with_the_closest(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pfd")
        def test_typo(retoure_client):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no scenario 'acme/labels/pfd'; the closest are acme/labels/pdf*"])


def test_settings_that_do_not_fit_are_named(users_test):
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf", settings={"colour": "red"})
        def test_settings(retoure_client):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the settings of 'acme' do not fit: colour: *"])


def test_the_marker_is_described(users_test):
    users_test("", "--markers").stdout.fnmatch_lines(["@pytest.mark.retoure(*names, match='operation'*"])


STRAYS = {
    "httpx": 'import httpx; httpx.get("https://api.elsewhere.example/v1/me?key=secret")',
    "httpx_by_address": 'import httpx; httpx.get("https://192.0.2.7/v1/me?key=secret")',
    "urllib": 'import urllib.request; urllib.request.urlopen("http://api.elsewhere.example/v1/me?key=secret")',
    "httpx_with_a_user": 'import httpx; httpx.get("https://user:canary@api.elsewhere.example/v1/me?key=secret")',
    "urllib3": 'import urllib3; urllib3.request("GET", "https://api.elsewhere.example/v1/me?key=secret")',
    "requests": 'import requests; requests.get("https://api.elsewhere.example/v1/me?key=secret")',
    "urllib_https": 'import urllib.request; urllib.request.urlopen("https://api.elsewhere.example/v1/me?key=secret")',
}


@pytest.mark.parametrize("how", STRAYS)
def test_a_test_that_strays_onto_the_network_fails_with_the_url_named(users_test, monkeypatch, how):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if how in ("urllib3", "requests"):
        pytest.importorskip(how)
        for name in [name for name in sys.modules if name.partition(".")[0] in ("urllib3", "requests")]:
            monkeypatch.delitem(sys.modules, name)  # so that the test is the first to import it
    result = users_test(f"""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_strays(retoure_client):
            issue_label(retoure_client, my_rma)
            {STRAYS[how]}
    """)
    result.assert_outcomes(failed=1)
    url = next(part for part in STRAYS[how].split('"') if "://" in part).partition("?")[0].replace("user:canary@", "")
    assert f"the test wanted to reach GET {url}?..." in result.stdout.str()


def test_an_aiohttp_session_that_strays_fails_with_the_url_named(users_test):
    pytest.importorskip("aiohttp")
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf")
        async def test_strays(async_retoure_client):
            await issue_label_async(async_retoure_client, my_rma)
            import aiohttp
            async with aiohttp.ClientSession("https://api.elsewhere.example") as session:
                await session.get("/v1/me?key=secret")
    """)
    result.assert_outcomes(failed=1)
    assert "the test wanted to reach GET https://api.elsewhere.example/v1/me?..." in result.stdout.str()


@pytest.mark.parametrize("host", ["api.elsewhere.example", "192.0.2.7", "127.0.0.1"])
def test_an_async_test_that_strays_fails_with_the_url_named(users_test, host):
    result = users_test(f"""
        import httpx

        @pytest.mark.retoure("acme/labels/pdf")
        async def test_strays(async_retoure_client):
            await issue_label_async(async_retoure_client, my_rma)
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.post("http://{host}:8080/v1/me?key=secret")
    """)
    result.assert_outcomes(failed=1)
    assert f"the test wanted to reach POST http://{host}:8080/v1/me?..." in result.stdout.str()


SOCKETS = {
    "connect": 'import socket; socket.create_connection(("192.0.2.7", 25))',
    "look_up": 'import socket; socket.create_connection(("api.elsewhere.example", 25))',
    "smtp": 'import smtplib; smtplib.SMTP("api.elsewhere.example", 25)',
    "connect_ex": (
        "import socket; s = socket.socket(socket.AF_INET); s.settimeout(0); s.connect_ex(('192.0.2.7', 25)); s.close()"
    ),
    "datagram_message": (
        'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("192.0.2.7", 25))'
    ),
    "datagram": 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.7", 25))',
}


@pytest.mark.parametrize("how", SOCKETS)
def test_a_bare_socket_that_strays_fails_with_host_and_port_named(users_test, how):
    result = users_test(f"""
        @pytest.mark.retoure("acme/labels/pdf")
        def test_strays(retoure_client):
            issue_label(retoure_client, my_rma)
            {SOCKETS[how]}
    """)
    result.assert_outcomes(failed=1)
    assert (
        "the test wanted to reach " + ("192.0.2.7:25" if "192" in SOCKETS[how] else "api.elsewhere.example:25")
        in result.stdout.str()
    )


def test_a_stray_that_is_swallowed_still_fails(users_test):
    result = users_test("""
        import httpx

        @pytest.mark.retoure("acme/labels/pdf")
        def test_swallows(retoure_client):
            issue_label(retoure_client, my_rma)
            try:
                httpx.get("https://telemetry.elsewhere.example/", trust_env=False)
            except BaseException:
                pass
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*wanted to reach GET https://telemetry.elsewhere.example/;*"])


def test_undoing_the_tests_own_changes_does_not_open_the_network(users_test):
    result = users_test("""
        import httpx

        @pytest.mark.retoure("acme/labels/pdf")
        def test_undoes(retoure_client, monkeypatch):
            issue_label(retoure_client, my_rma)
            monkeypatch.undo()
            httpx.get("https://api.elsewhere.example/", trust_env=False)
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the network is closed*"])


def test_the_network_is_open_again_after_the_test(users_test):
    users_test("""
        import socket, threading

        @pytest.mark.retoure("acme/labels/pdf")
        def test_closed(retoure_client):
            issue_label(retoure_client, my_rma)

        def test_open():
            with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
                pass
    """).assert_outcomes(passed=2)


def test_a_message_on_a_connection_that_is_allowed_passes(users_test):
    users_test("""
        import socket

        server = socket.create_server(("127.0.0.1", 0))
        port = server.getsockname()[1]

        @pytest.mark.retoure("acme/labels/pdf", allow=[f"127.0.0.1:{port}"])
        def test_message(retoure_client):
            issue_label(retoure_client, my_rma)
            with server, socket.create_connection(("127.0.0.1", port)) as connection:
                assert connection.sendmsg([b"x"]) == connection.sendmsg([b"x"], [], 0, None) == 1
    """).assert_outcomes(passed=1)


def test_a_host_that_is_allowed_can_be_reached_by_name_and_port(users_test):
    users_test("""
        import socket

        server = socket.create_server(("127.0.0.1", 0))
        port = server.getsockname()[1]

        @pytest.mark.retoure("acme/labels/pdf", allow=[f"localhost:{port}"])
        def test_database(retoure_client):
            issue_label(retoure_client, my_rma)
            with socket.create_connection(("localhost", port)), server:
                pass
    """).assert_outcomes(passed=1)


def test_another_port_of_an_allowed_host_is_closed(users_test):
    result = users_test("""
        import socket

        @pytest.mark.retoure("acme/labels/pdf", allow=["localhost:5432"])
        def test_other_port(retoure_client):
            issue_label(retoure_client, my_rma)
            socket.create_connection(("localhost", 6379))
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*wanted to reach localhost:6379;*"])


def test_the_users_own_fakes_of_other_services_keep_working(users_test):
    users_test("""
        import httpx, respx

        @pytest.mark.retoure("acme/labels/pdf")
        def test_with_respx(retoure_client):
            with respx.mock() as router:
                router.get("https://marketplace.example/orders").respond(json={"orders": []})
                assert httpx.get("https://marketplace.example/orders", trust_env=False).json() == {"orders": []}
                assert issue_label(retoure_client, my_rma).tracking_number
    """).assert_outcomes(passed=1)


def test_loops_pipes_and_unix_sockets_keep_working(users_test):
    users_test("""
        import asyncio, email.utils, socket, subprocess, sys, tempfile

        @pytest.mark.retoure("acme/labels/pdf")
        def test_local(retoure_client):
            issue_label(retoure_client, my_rma)
            asyncio.new_event_loop().close()
            left, right = socket.socketpair()
            left.close(); right.close()
            with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
                server.bind(folder + "/s")
                server.listen()
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(folder + "/s")
            assert subprocess.run([sys.executable, "-c", "pass"]).returncode == 0
            assert socket.getaddrinfo("localhost", 80)
            assert email.utils.make_msgid()
    """).assert_outcomes(passed=1)


def test_the_plugin_imports_nothing_heavy_before_it_is_asked(pytester):
    pytester.makeini(textwrap.dedent(INI))
    pytester.makepyfile("""
        import sys

        def test_light():
            assert not {"httpx", "respx", "retoure.client", "retoure.replay"} & set(sys.modules)
    """)
    # respx brings a plugin of its own, which imports httpx.
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:respx").assert_outcomes(passed=1)


def test_a_replay_needs_no_respx(users_test):
    users_test("""
        import sys

        @pytest.fixture(autouse=True)
        def _no_respx(monkeypatch):
            monkeypatch.setitem(sys.modules, "respx", None)

        @pytest.mark.retoure("acme/labels/pdf")
        def test_marked(retoure_client):
            assert issue_label(retoure_client, my_rma)
    """).assert_outcomes(passed=1)


def test_a_marker_without_a_name_is_told_what_is_missing(users_test):
    result = users_test("""
        @pytest.mark.retoure
        def test_no_name(retoure_client):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*name the scenario to replay: carrier/capability/situation*"])


def test_settings_for_scenarios_of_two_carriers_are_refused(users_test, pytester):
    pytester.makeconftest("""
        import pytest
        from retoure.carrier import Registry
        from tests.replay.acme import acme_plugin

        @pytest.fixture(scope="session")
        def retoure_registry():
            return Registry(plugins=[acme_plugin()])
    """)
    result = users_test("""
        @pytest.mark.retoure("acme/labels/pdf", "dhl_paket/labels/pdf", settings={"unused_labels_billed": "no"})
        def test_two(retoure_client):
            pass

        @pytest.mark.retoure("acme/labels/pdf", "dhl_paket/labels/pdf")
        def test_swap(retoure_client):
            for account in ("acme", "dhl_paket"):
                label = retoure_client.buy(my_rma, key=f"R1/{account}", account=account)
                assert label.carrier == account
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*account and settings are for one carrier, these scenarios are of *acme*dhl_paket*"])
