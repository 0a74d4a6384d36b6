import pytest
from tests.carriers.dhl_paket.asking import answer

from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
)
from retoure_dhl_paket.refusals import refusal


def told(status, detail, title="Title"):
    return refusal(answer({"title": title, "status": status, "detail": detail}, status))


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (400, "Postal code is invalid. Please use 99999 format.", AddressRejected),
        (400, "The city of the shipper is missing", AddressRejected),
        (400, "addressHouse: may not be empty", AddressRejected),
        (422, "street too long", AddressRejected),
        (400, "Unknown receiverId", ServiceNotAvailable),
        (400, "The receiver id does not exist", ServiceNotAvailable),
        (400, "Sender country not supported", ServiceNotAvailable),
        (400, "itemWeight is wrong", RequestRejected),
        (422, "Unprocessable", RequestRejected),
        (418, "I am a teapot", RequestRejected),
        (401, "whatever", AuthenticationFailed),
        (403, "whatever", AuthenticationFailed),
        (404, "whatever", NotFound),
        (429, "whatever", RateLimited),
        (500, "whatever", MalformedResponse),
        (302, "whatever", MalformedResponse),
        (408, "whatever", MalformedResponse),
    ],
)
def test_an_answer_means_an_error_by_its_status_and_words(status, detail, kind):
    assert type(told(status, detail)) is kind


def test_an_unsubscribed_api_is_not_a_wrong_password():
    assert "not subscribed" in told(401, "Invalid API call as no apiproduct match found").message


def test_a_postcode_of_another_country_is_explained_by_the_receiver_id():
    error = told(400, "Postal code is invalid. Please use 99999 format.")
    assert "receiver id" in error.message
    assert [(problem.field, problem.code) for problem in error.problems] == [("ship_from.postal_code", "400")]


@pytest.mark.parametrize("content_type", ["application/problem+json", "application/json", "text/plain", ""])
def test_a_problem_is_read_whatever_its_media_type(content_type):
    body = {"title": "Bad Request", "status": 400, "detail": "Nothing in particular"}
    assert "Nothing in particular" in refusal(answer(body, 400, content_type)).message


@pytest.mark.parametrize("body", ["", "<html>no</html>", "[1, 2]", "{}", '"text"', "null", "{", "[" * 100_000, '{"title": {}}'])
def test_an_answer_that_says_nothing_is_refused_all_the_same(body):
    error = refusal(answer(body, 400, "text/html"))
    assert type(error) is RequestRejected
    assert "did not say why" in error.message


def test_several_reasons_are_all_told():
    rows = [
        {"errorCode": 456, "title": "Unknown billingnumber", "instance": "customerDetails.billingNumber"},
        {"errorCode": 7, "title": "Wrong", "instance": "pickupLocation.pickupAddress.addressHouse", "detail": "empty"},
        {"code": 9, "title": "Odd"},
    ]
    error = refusal(answer(rows, 422), address="address")
    assert [(problem.field, problem.code, problem.text) for problem in error.problems] == [
        ("pickup_billing_number", "456", "Unknown billingnumber"),
        ("address.house_number", "7", "Wrong - empty"),
        ("", "9", "Odd"),
    ]


def test_a_long_reason_is_cut_in_the_message():
    assert len(told(400, "x" * 5000).message) < 500
