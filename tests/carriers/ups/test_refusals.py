import pytest
from tests.carriers.ups.asking import answer, fault

from retoure.carrier import rejected
from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    CarrierUnavailable,
    MalformedResponse,
    NotFound,
    Problem,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
)
from retoure.model import VoidResult
from retoure_ups.refusals import check_answer, faults_of, refusal
from retoure_ups.voids import parse_void_response
from retoure_ups.wire import plainly


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("250002", 401, AuthenticationFailed),
        ("250003", 401, AuthenticationFailed),
        ("251004", 401, AuthenticationFailed),
        ("UJ0001", 401, AuthenticationFailed),
        ("403", 403, AuthenticationFailed),
        ("112111", 400, AuthenticationFailed),
        ("10001", 400, RequestRejected),
        ("10007", 400, RequestRejected),
        ("405", 405, RequestRejected),
        ("VSS002", 400, RequestRejected),
        ("111549", 400, RequestRejected),
        ("120512", 400, RequestRejected),
        ("120317", 400, ServiceNotAvailable),
        ("121100", 400, ServiceNotAvailable),
        ("111210", 400, ServiceNotAvailable),
        ("9510119", 400, ServiceNotAvailable),
        ("111285", 400, AddressRejected),
        ("120202", 400, AddressRejected),
        ("120802", 400, AddressRejected),
        ("190102", 400, RequestRejected),
        ("TV1002", 400, RequestRejected),
        ("TW0001", 404, NotFound),
        ("10429", 429, RateLimited),
        ("10004", 503, CarrierUnavailable),
        ("999999", 400, RequestRejected),
        ("999999", 401, AuthenticationFailed),
        ("999999", 403, AuthenticationFailed),
        ("999999", 404, NotFound),
        ("999999", 429, RateLimited),
        ("999999", 500, MalformedResponse),
        ("999999", 408, MalformedResponse),
    ],
)
def test_a_code_is_the_error_that_it_means(code, status, expected):
    error = refusal(fault(code, "words", status))
    assert type(error) is expected
    assert error.carrier_code == code
    assert "words" in error.message


def test_of_several_codes_the_known_one_decides_and_all_are_told():
    errors = [{"code": "1", "message": "strange"}, {"code": "111285", "message": "wrong state"}]
    error = refusal(answer({"response": {"errors": errors}}, 400))
    assert type(error) is AddressRejected
    assert [problem.code for problem in error.problems] == ["1", "111285"]


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"code": "190102", "message": "words"}]},
        {"response": {}, "errors": {"code": "190102", "message": "words"}},
        {"Fault": {"faultcode": "Client", "faultstring": "An exception", "detail": {"Errors": {"ErrorDetail": {
            "Severity": "Hard", "PrimaryErrorCode": {"Code": "190102", "Description": "words"}}}}}},
        {"Fault": {"detail": {"Errors": {"ErrorDetail": [{"PrimaryErrorCode": {"Code": "190102", "Description": "words"}}]}}}},
        {"Fault": {"faultcode": "190102", "faultstring": "words"}},
    ],
)  # fmt: skip
def test_an_error_in_one_of_ups_older_forms_is_read_too(body):
    assert faults_of(answer(body, 400)) == [("190102", "words")]
    with pytest.raises(RequestRejected, match="words"):
        check_answer(answer(body, 400))
    assert parse_void_response(answer(body, 400)) is VoidResult.TOO_LATE


@pytest.mark.parametrize(
    "body", ["", "<html>", {"message": "no Route matched with those values"}, {"errors": [{}]}, {"errors": [1]}]
)
def test_a_404_that_is_not_in_ups_words_says_nothing_of_what_was_asked_for(body):
    assert type(refusal(answer(body, 404))) is CarrierUnavailable


def test_a_404_with_ups_code_in_its_header_is_ups_own():
    assert type(refusal(answer("", 404, errorcode="TW0001"))) is NotFound


def test_a_single_error_need_not_be_a_list():
    assert refusal(answer({"response": {"errors": {"code": "120802", "message": "no"}}}, 400)).carrier_code == "120802"


def test_the_field_is_called_what_the_user_calls_it():
    (problem,) = refusal(fault("111285"), address="address").problems
    assert problem.field == "address.postal_code"


def test_ups_leftovers_are_taken_out_of_a_text():
    assert "&#xD;" not in refusal(fault("190102", "No shipment&#xD; found")).message


@pytest.mark.parametrize("body", ["", "<html>", "[1]", "null"])
def test_an_answer_that_says_nothing_is_still_an_error(body):
    assert "did not say why" in refusal(answer(body, 400)).message


@pytest.mark.parametrize("header", ["errorcode", "apierrorcode"])
def test_a_code_in_a_header_counts_where_the_body_is_empty(header):
    assert refusal(answer("", 400, **{header: "250002"})).carrier_code == "250002"


def test_an_empty_success_with_an_error_code_is_no_success():
    with pytest.raises(RequestRejected):
        check_answer(answer("", apierrorcode="1"))


def test_an_empty_success_without_one_is_left_to_the_reader():
    check_answer(answer(""))


@pytest.mark.parametrize("header", ["bkndtransid", "x-request-id"])
def test_the_number_for_ups_support_is_kept(header):
    assert refusal(fault("120802")).request_id == ""
    told = answer({"response": {"errors": [{"code": "120802"}]}}, 400, **{header: "trace-example"})
    assert refusal(told).request_id == "trace-example"


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        ([Problem("ship_from.city", "missing", "")], AddressRejected),
        ([Problem("ship_from.city", "missing", ""), Problem("rma", "too_long", "")], RequestRejected),
        ([Problem("ship_from.city", "missing", ""), Problem("service", "not_offered", "")], ServiceNotAvailable),
    ],
)
def test_what_is_found_before_a_call_is_told_at_once_under_the_name_that_fits(problems, expected):
    error = rejected(problems)
    assert type(error) is expected
    assert error.problems == tuple(problems)


@pytest.mark.parametrize(("value", "text"), [(" a&#xD;\n b ", "a b"), (5, "5"), (True, ""), (None, ""), ([], "")])
def test_what_ups_remarks_stands_on_one_line(value, text):
    assert plainly(value) == text
