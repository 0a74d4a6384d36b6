import pytest
from tests.carriers.dhl_express.asking import answer

from retoure.carrier import Effect, Judgement
from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
)
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.wire import judge


def refused(detail, status=400, details=None, **more):
    return refusal(answer({"detail": detail, "title": "Bad request", "additionalDetails": details, **more}, status))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        *[(code, AuthenticationFailed) for code in ("801", "8001", "8007", "803", "8003", "7037", "3501", "5032")],
        *[(code, RequestRejected) for code in ("9001", "998", "5022", "5023", "5001", "5002", "7160", "410101", "410106")],
        *[(code, RequestRejected) for code in ("7120", "7127", "7147", "7099", "1506", "7096", "400104", "5560", "5556")],
        *[(code, AddressRejected) for code in ("420504", "420505", "420506", "3008")],
        *[(code, ServiceNotAvailable) for code in ("996", "1001", "1004", "410135", "410138", "7008")],
        *[(code, NotFound) for code in ("1504", "7163")],
    ],
)
def test_a_code_is_one_error(code, error):
    found = refused(f"{code}: something that DHL says")
    assert type(found) is error
    assert found.carrier_code == code


def test_a_code_stands_in_the_detail_or_among_the_other_lines():
    assert refused("Multiple problems found, see Additional Details", details=["7160: Dimensions"]).carrier_code == "7160"


def test_a_code_may_be_absent():
    assert refused("something that DHL says").carrier_code == "400"


def test_all_lines_are_told():
    error = refused("7160: Dimensions", details=["7147: Contents", "and more"])
    assert [problem.code for problem in error.problems] == ["7160", "7147", "400"]


def test_problems_of_two_kinds_are_a_rejected_request():
    assert type(refused("x", details=["420504: City", "1001: Product"])) is RequestRejected


def test_the_account_comes_before_everything_else():
    assert isinstance(refused("x", details=["420504: City", "8003: Account"]), AuthenticationFailed)


def test_nine_nine_eight_with_a_date_and_with_another_text_are_two_matters():
    dated, other = refused("998: ShipTimeStamp is wrong"), refused("998: incoterm is wrong")
    assert (dated.problems[0].field, other.problems[0].field) == ("ship_date", "")
    assert dated.problems[0].text.partition(":")[0] != other.problems[0].text.partition(":")[0]


def test_the_gateways_own_answer_is_read():
    error = refusal(answer({"reasons": [{"msg": "Invalid Credentials"}], "details": {"msgId": "Id-1"}}, 401))
    assert isinstance(error, AuthenticationFailed)
    assert "Invalid Credentials" in error.message


def test_an_error_with_code_in_place_of_status_is_read():
    error = refusal(answer({"title": "Internal Server Error", "detail": "999: Process failure occurred", "code": "500"}, 500))
    assert isinstance(error, MalformedResponse)
    assert "999" in error.message


GATEWAYS = [b"", b"<html>", b"[]", b"{}", {"message": "no Route matched with those values"}, {"detail": "Not Found"}]


@pytest.mark.parametrize("body", GATEWAYS)
def test_an_empty_or_strange_404_is_no_unknown_number(body):
    assert isinstance(refusal(answer(body, 404)), MalformedResponse)


@pytest.mark.parametrize(
    "said",
    [
        {"detail": "No data found", "title": "Not data found"},
        {"detail": "No Shipments Found for ReferenceID | R-1"},
        {"detail": "Requested Pickup was not found"},
        {"title": "Pickup not found", "detail": "gone"},
        {"detail": "7163: Operation not possible since shipment information not found"},
    ],
)
def test_a_404_in_the_apis_own_words_is_an_unknown_number(said):
    assert isinstance(refusal(answer(said, 404)), NotFound)


@pytest.mark.parametrize("status", [400, 404, 405, 413, 422])
@pytest.mark.parametrize("body", [b"", b"<html>", {"detail": None}])
def test_a_refused_purchase_is_refused_though_nobody_says_why(status, body):
    error = refusal(answer(body, status), effect=Effect.ONCE)
    assert type(error) is RequestRejected
    assert error.carrier_code == str(status)


def test_what_a_gateway_says_to_a_purchase_is_a_refusal_of_it():
    assert type(refusal(answer(GATEWAYS[4], 404), effect=Effect.ONCE)) is RequestRejected


@pytest.mark.parametrize("status", [302, 408, 500])
def test_what_is_no_refusal_leaves_a_purchase_open(status):
    assert isinstance(refusal(answer(b"", status), effect=Effect.ONCE), MalformedResponse)


@pytest.mark.parametrize(
    "details",
    ["7160: Dimensions", [{"code": "7160", "message": "Dimensions"}], {"detail": "7160: Dimensions"}],
    ids=["text", "objects", "object"],
)
def test_further_lines_are_read_however_they_come(details):
    error = refused("Multiple problems found, see Additional Details", details=details)
    assert [(problem.code, problem.field) for problem in error.problems] == [("7160", "parcel.dimensions")]


def test_too_many_calls_are_told_as_such():
    assert isinstance(refusal(answer({"detail": "slow down"}, 429)), RateLimited)


@pytest.mark.parametrize(
    ("status", "body", "judgement"),
    [
        (400, {"detail": "999: Process failure occurred"}, Judgement.AMBIGUOUS),
        (400, {"detail": "7160: Dimensions 999"}, Judgement.ANSWER),
        (201, {"detail": "999: not an error"}, Judgement.ANSWER),
        (500, {}, Judgement.AMBIGUOUS),
        (429, {}, Judgement.RETRY),
    ],
)
def test_a_failed_process_leaves_a_write_open_whatever_the_status(status, body, judgement):
    assert judge(answer(str(body).replace("'", '"'), status)) is judgement


def test_the_carriers_reference_of_the_call_is_kept():
    assert refusal(answer({"detail": "7160: x"}, 400, **{"message-reference": "abc"})).request_id == "abc"


def test_a_problem_is_named_by_the_users_field():
    error = refused("#/customerDetails/shipperDetails/postalAddress/postalCode: too long", 422)
    assert error.problems[0].field == "ship_from.postal_code"
