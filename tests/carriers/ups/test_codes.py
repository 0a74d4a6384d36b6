import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.model import Custody, Kind
from retoure_ups.codes import DELIVERY, EXCEPTIONS, MOVEMENT, STATUS, classify

NO_SCAN_STATUS = ["003", "007", "043", "044", "045", "065", "077", "079", "080", "131", "133", "135", "157", "166"]
NO_SCAN_MOVEMENT = ["MP", "RD", "VP", "SP", "OC", "PL", "UP", "UT", "PX", "CA", "CD", "CL"]
OPEN_STATUS = ["012", "014", "084", "092", "123", "126", "134"]
ANY_CODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=2)
ANY_STATUS = st.from_regex(r"[0-9]{3}", fullmatch=True) | st.just("")


@pytest.mark.parametrize(
    ("triple", "kind"),
    [
        (("I", "XD", "167"), Kind.DROPPED_OFF),
        (("I", "XD", "005"), Kind.DROPPED_OFF),
        (("I", "DP", "168"), Kind.DROPPED_OFF),
        (("I", "", "169"), Kind.DROPPED_OFF),
        (("I", "PU", "038"), Kind.PICKED_UP),
        (("I", "PC", ""), Kind.PICKED_UP),
        (("I", "PT", "005"), Kind.PICKED_UP),
        (("I", "OR", "005"), Kind.ORIGIN_SCAN),
        (("I", "", "160"), Kind.ACCEPTED),
        (("I", "AR", "005"), Kind.HUB_SCAN),
        (("I", "DP", "010"), Kind.HUB_SCAN),
        (("I", "OT", "021"), Kind.OUT_FOR_DELIVERY),
        (("I", "DL", "072"), Kind.OUT_FOR_DELIVERY),
        (("I", "AR", "017"), Kind.READY_FOR_COLLECTION),
        (("I", "AR", "035"), Kind.RETURNING_TO_ORIGIN),
        (("D", "FS", "011"), Kind.DELIVERED),
        (("D", "", "026"), Kind.DELIVERED),
        (("D", "2Q", "161"), Kind.READY_FOR_COLLECTION),
        (("D", "OT", "021"), Kind.OUT_FOR_DELIVERY),
        (("D", "B0", ""), Kind.RETURNED_TO_ORIGIN),
        (("X", "HF", "013"), Kind.PICKED_UP),
        (("X", "Z5", ""), Kind.PICKED_UP),
        (("X", "P4", ""), Kind.ACCEPTED),
        (("X", "XD", "013"), Kind.HUB_SCAN),
        (("X", "1F", "149"), Kind.DISPOSED),
        (("", "", "038"), Kind.PICKED_UP),
        (("P", "", ""), Kind.PICKED_UP),
        (("O", "", ""), Kind.OUT_FOR_DELIVERY),
        (("RS", "", ""), Kind.RETURNED_TO_ORIGIN),
    ],
)
def test_a_parcel_in_ups_hands_is_told_and_proven(triple, kind):
    reading = classify(*triple)
    assert (reading.kind, reading.custody) == (kind, Custody.PHYSICAL)


@pytest.mark.parametrize("status", NO_SCAN_STATUS)
@pytest.mark.parametrize(("type_", "code"), [("I", "AR"), ("I", "OR"), ("I", "QQ"), ("X", "58"), ("", ""), ("M", "MP")])
def test_a_status_of_mere_data_is_no_scan_whatever_the_code(type_, code, status):
    assert classify(type_, code, status).custody is not Custody.PHYSICAL


@pytest.mark.parametrize("code", NO_SCAN_MOVEMENT)
def test_a_movement_code_of_mere_data_is_no_scan(code):
    assert classify("I", code, "005").custody is Custody.NONE


@pytest.mark.parametrize("type_", ["M", "MV", "U"])
@given(code=ANY_CODE, status=ANY_STATUS)
def test_a_row_of_data_is_never_a_scan(type_, code, status):
    assert classify(type_, code, status).custody is Custody.NONE


@given(code=ANY_CODE.filter(lambda code: EXCEPTIONS.get(code) is None), status=ANY_STATUS)
def test_an_exception_that_is_not_listed_never_proves_custody(code, status):
    assert classify("X", code, status).custody is not Custody.PHYSICAL


@pytest.mark.parametrize("code", ["1T", "5D", "9C", "TR", "TS", "30", "6E", "G4", "G5", "K1", "KY", "TC", "YU", "YV", "YW"])
def test_an_exception_before_the_hand_over_is_none(code):
    assert classify("X", code, "013").custody is Custody.NONE


@pytest.mark.parametrize("code", ["UI", "9D", "9J", "9K", "OM", "CG", "IB"])
def test_an_ambiguous_exception_proves_nothing(code):
    assert classify("X", code, "").custody is Custody.UNKNOWN


@pytest.mark.parametrize("status", OPEN_STATUS)
def test_clearance_alone_proves_nothing_and_with_a_scan_the_scan_does(status):
    assert classify("I", "QQ", status).custody is Custody.UNKNOWN
    assert classify("I", "AR", status).custody is Custody.PHYSICAL


@pytest.mark.parametrize("code", ["AG", "UA", "UD"])
def test_a_row_on_its_way_to_ups_counts_only_with_the_hand_over(code):
    assert classify("I", code, "005").custody is Custody.UNKNOWN
    assert classify("I", code, "044").custody is Custody.NONE
    assert classify("I", code, "167").custody is Custody.PHYSICAL


@pytest.mark.parametrize("code", ["OC", "PL", "AG"])
def test_an_account_may_count_doubtful_codes(code):
    assert classify("I", code, "005").custody is not Custody.PHYSICAL
    assert classify("I", code, "005", counted=frozenset({code})).custody is Custody.PHYSICAL
    assert classify("I", code, "003", counted=frozenset({code})).custody is Custody.NONE


def test_the_same_letters_mean_another_thing_under_another_type():
    assert classify("I", "DP", "005").custody is Custody.PHYSICAL
    assert classify("M", "DP", "003").custody is Custody.NONE
    assert classify("I", "XD", "").kind is Kind.DROPPED_OFF
    assert classify("X", "XD", "").kind is Kind.HUB_SCAN


@given(code=ANY_CODE, status=ANY_STATUS.filter(lambda status: status not in ("011", "026")))
def test_delivered_is_never_told_by_the_type_alone(code, status):
    assert classify("D", code, status).kind is not Kind.DELIVERED


@given(type_=st.sampled_from(["I", "X", "M", "P", "O"]), code=ANY_CODE)
def test_delivered_is_never_told_by_the_status_alone(type_, code):
    assert classify(type_, code, "011").kind is not Kind.DELIVERED


@given(type_=st.sampled_from(["I", "X", "D", "", "P"]), code=ANY_CODE, status=ANY_STATUS)
def test_a_row_marked_as_no_physical_scan_is_none(type_, code, status):
    assert classify(type_, code, status, logical=True).custody is not Custody.PHYSICAL


@pytest.mark.parametrize("status", ["034", "067", "081"])
def test_returned_to_the_sender_asks_for_a_look_because_the_shipper_is_the_merchant(status):
    reading = classify("D", "", status)
    assert reading.kind is Kind.RETURNED_TO_ORIGIN
    assert "needs_review" in reading.flags


@pytest.mark.parametrize("status", ["033", "118", "119"])
def test_a_return_that_is_asked_for_moves_nothing(status):
    assert classify("I", "", status).kind is Kind.INFO


@pytest.mark.parametrize("code", ["8I", "TL"])
def test_a_correction_of_a_delivery_asks_for_a_look(code):
    assert "needs_review" in classify("X", code, "").flags


def test_an_unknown_movement_is_a_movement_and_told_as_unknown():
    reading = classify("I", "QQ", "")
    assert (reading.kind, reading.custody, reading.flags) == (Kind.UNKNOWN, Custody.PHYSICAL, ("unlisted_code",))


@pytest.mark.parametrize("status", ["013", "058", "059", "090", "000", "999"])
def test_an_unknown_movement_counts_whatever_trouble_its_status_names(status):
    reading = classify("I", "ZZ", status)
    assert (reading.custody, "unlisted_code" in reading.flags) == (Custody.PHYSICAL, True)


@pytest.mark.parametrize("status", ["018", "033", "078", "012"])
def test_an_unknown_movement_with_a_wish_a_promise_or_clearance_is_left_open(status):
    assert classify("I", "ZZ", status).custody is not Custody.PHYSICAL


@pytest.mark.parametrize("status", ["", "013", "999"])
def test_a_movement_without_any_code_proves_nothing(status):
    assert classify("I", "", status).custody is Custody.UNKNOWN


@pytest.mark.parametrize("type_", ["P", "O", "RS"])
@pytest.mark.parametrize("code", NO_SCAN_MOVEMENT)
def test_a_code_of_mere_data_is_no_scan_under_an_older_type(type_, code):
    assert classify(type_, code, "").custody is Custody.NONE


@pytest.mark.parametrize("code", ["HF", "Z5", "P4", "K2"])
def test_an_exception_that_proves_custody_does_not_with_a_label_left_at_the_customers(code):
    assert classify("X", code, "013").custody is Custody.PHYSICAL
    assert classify("X", code, "133").custody is Custody.NONE


@pytest.mark.parametrize("status", ["", "013", "018", "000"])
def test_a_delivery_code_that_proves_custody_does_so_with_any_status_that_does_not_deny_it(status):
    assert classify("D", "2D", status).custody is Custody.PHYSICAL


@pytest.mark.parametrize(("code", "status"), [("ZZ", ""), ("", ""), ("ZZ", "013"), ("ZZ", "999"), ("UC", "")])
def test_a_delivery_row_that_is_not_listed_proves_nothing(code, status):
    reading = classify("D", code, status)
    assert (reading.kind is Kind.DELIVERED, reading.custody) == (False, Custody.UNKNOWN)


def test_a_delivery_that_nobody_scanned_stays_one_and_asks_for_a_look():
    reading = classify("D", "FS", "011", logical=True)
    assert (reading.kind, reading.custody, reading.flags) == (Kind.DELIVERED, Custody.NONE, ("logical_scan", "needs_review"))


@pytest.mark.parametrize("triple", [("NA", "", "000"), ("DO", "XX", "005"), ("ZZ", "OR", "005"), ("", "", ""), ("", "", "999")])
def test_an_unknown_row_is_unknown(triple):
    reading = classify(*triple)
    assert (reading.kind, reading.custody) == (Kind.UNKNOWN, Custody.UNKNOWN)


def test_all_codes_have_the_form_that_ups_writes():
    assert all(len(code) == 3 and code.isdigit() for code in STATUS)
    assert all(len(code) == 2 for table in (MOVEMENT, EXCEPTIONS, DELIVERY) for code in table)
    assert len(STATUS) == 160
