"""The check of scenario files tells every fault of every file."""

import pytest

from retoure.carrier import Registry
from retoure.replay import check
from tests.replay.acme import acme_plugin


def faults(copy, **options):
    return [str(fault) for fault in check("acme", copy.registry, **options)]


def test_sound_files_have_no_fault(copy):
    assert faults(copy) == []


def test_every_carrier_is_checked_where_none_is_named(copy):
    copy.change("labels/pdf", lambda value: value.pop("origin"))
    assert [fault.file for fault in check(registry=copy.registry)] == ["acme/labels/pdf"]


def test_faults_of_several_files_are_told_together(copy):
    copy.change("labels/pdf", lambda value: value.pop("origin"))
    copy.change("tracking/two_numbers", lambda value: value.pop("title"))
    (copy.folder / "drop_offs/two_pages.json").write_text("{")
    assert [line.partition(":")[0] for line in faults(copy)] == [
        "acme/drop_offs/two_pages",
        "acme/labels/pdf",
        "acme/tracking/two_numbers",
    ]


def test_a_carrier_that_cannot_be_loaded_is_a_fault():
    assert "no carrier 'pigeon' is installed" in str(check("pigeon", Registry(entries=()))[0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda v: v["given"].update(sample="nobody"), "given.sample: there is no sample 'nobody'"),
        (lambda v: v["given"].update(operation="labels.void"), "given (label.tracking_number): Field required"),
        (
            lambda v: v["given"].update(operation="tracking.track", sample="tracked", overrides={}),
            "does not belong into the folder",
        ),
        (lambda v: v["given"].update(settings={"environment": "moon"}), "settings.environment"),
        (
            lambda v: v["interactions"][0]["response"]["json"].update(pdf={"$file_base64": "none.pdf"}),
            "there is no 'none.pdf' beside the scenario",
        ),
        (
            lambda v: v["interactions"][0]["request"].update(url="https://acme.example/labels"),
            "interactions.0.request.url: not below an address that acme may call",
        ),
        (lambda v: v["expect"]["result"].update(rma="R9"), 'result.rma: expected "R9", got "R1"'),
        (lambda v: v["interactions"][0]["request"]["json"].update(grams=1), "$.grams: expected 1, sent 2400"),
    ],
)
def test_a_fault_is_told(copy, change, told):
    copy.change("labels/pdf", change)
    assert [line for line in faults(copy) if told in line]


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v["interactions"][0]["request"]["json"]["sender"].update(email="lena@gmail.com"),
        lambda v: v["interactions"][0]["request"].update(url="https://api.acme.example/v1/labels?to=lena%40gmail.com"),
        lambda v: v["interactions"][0]["response"]["json"].update(note="ask lena@firma-beispiel.de"),
        lambda v: v.update(title="of lena@gmail.com"),
        lambda v: v["given"]["overrides"]["request"].update(ship_from={"email": "lena@gmail.com"}),
    ],
)
def test_an_address_that_may_be_somebodys_is_a_fault(copy, change):
    copy.change("labels/pdf", change)
    (line,) = faults(copy)
    assert "which may be somebody's" in line
    assert "lena" not in line.partition("e-mail")[2]


@pytest.mark.parametrize("address", ["a@example.com", "a@mail.example.org", "a@shop.example", "a@x.invalid"])
def test_an_address_that_is_nobodys_is_fine(copy, address):
    copy.change("labels/pdf", lambda v: v["interactions"][0]["response"]["json"].update(note=address))
    assert faults(copy) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v["interactions"][0]["request"]["headers"].update(Authorization="Basic dXNlcjpodW50ZXIy"),
        lambda v: v["interactions"][0]["request"]["headers"].update({"X-Api-Key": "h4nter2h4nter2"}),
        lambda v: v["interactions"][0]["response"].update(headers={"Set-Cookie": "session=h4nter2"}),
        lambda v: v["interactions"][0]["request"]["json"].update(password="h4nter2"),
        lambda v: v["interactions"][0]["response"]["json"].update(access_token="h4nter2"),
        lambda v: v["interactions"][0]["response"]["json"].update(clientSecret="h4nter2"),
        lambda v: v["interactions"][0]["response"].update(json={"a": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.x"}),
        lambda v: v["interactions"][0]["request"].update(url="https://api.acme.example/v1/labels?api_key=h4nter2"),
        lambda v: v["interactions"][0]["request"].update(
            url="https://api.acme.example/v1/labels?xml=%3Cdata%20password%3D%22h4nter2%22/%3E"
        ),
    ],
)
def test_what_looks_like_a_credential_is_a_fault(copy, change):
    copy.change("labels/pdf", change)
    told = faults(copy, played=False)
    assert [line for line in told if "credential" in line]
    assert "nter2" not in "".join(told)


@pytest.mark.parametrize("value", ["SEALED.app.SEALED", "fake-password", ""])
def test_a_placeholder_and_a_fake_are_no_credentials(copy, value):
    copy.change("labels/pdf", lambda v: v["interactions"][0]["request"]["json"].update(password=value))
    assert faults(copy, played=False) == []


def test_a_real_looking_credential_of_the_account_is_a_fault_and_not_shown(copy):
    copy.change("account", lambda value: value["settings"].update(client_secret="h4nter2"))
    (line,) = faults(copy)
    assert line.startswith("acme/account.json: settings.client_secret: a credential here says that it is fake")


def test_an_account_file_that_is_missing_is_a_fault(copy):
    (copy.folder / "account.json").unlink()
    assert "acme/account.json: there is no such file" in faults(copy)


def test_a_file_that_no_scenario_uses_is_a_fault(copy):
    (copy.folder / "labels/left_over.pdf").write_bytes(b"%PDF-")
    assert faults(copy) == ["acme/labels/left_over.pdf: no scenario uses this file"]


def test_a_text_file_beside_a_scenario_is_read_too(copy):
    (copy.folder / "labels/answer.txt").write_text("ask lena@gmail.com")
    copy.change("labels/pdf", lambda v: v["interactions"][0].update(response={"status": 422, "file": "answer.txt"}))
    assert [line for line in faults(copy, played=False) if "somebody's" in line]


def test_a_carrier_without_scenarios_has_no_fault():
    registry = Registry(entries=(), plugins=[acme_plugin(None)])
    assert check("acme", registry) == ()


def test_a_picture_beside_a_scenario_is_not_read_as_text(copy):
    (copy.folder / "labels/answer.png").write_bytes(b"\x89PNG\r\n\xff\xfe lena@gmail.com")
    copy.change("labels/pdf", lambda v: v["interactions"][0].update(response={"status": 422, "file": "answer.png"}))
    assert [line for line in faults(copy, played=False) if "somebody's" in line] == []
