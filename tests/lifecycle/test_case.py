"""The case itself: what it refuses, its JSON, and how it is made."""

import json
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from retoure.lifecycle import (
    OBSERVATION,
    Assessment,
    CaseLabel,
    ClaimFiled,
    FailedRead,
    Flag,
    HandoverProof,
    LabelVoided,
    Push,
    Read,
    RefundIssued,
    ReturnCase,
    State,
    WarehouseReceipt,
    assess,
    case_of,
    from_report,
)
from retoure.model import (
    Address,
    BoundReturnAddress,
    ChargeEvent,
    Formats,
    Kind,
    Label,
    LabelDocument,
    LabelFormat,
    LabelOrder,
    LabelSource,
    Money,
    Parcel,
    Place,
    PushMessage,
    ReadFailure,
    ReturnRequest,
    TrackingFailure,
    TrackingReport,
)
from tests.lifecycle.builders import (
    ACCEPTED,
    ANNOUNCED,
    BERLIN,
    NUMBER,
    case,
    delivered,
    event,
    failed,
    hub,
    label,
    not_found,
    read,
    verdict,
    when,
)

EVERYTHING = (
    read("06-02 12:00", ANNOUNCED, ACCEPTED),
    failed("06-03 12:00"),
    HandoverProof(rma="RMA-1", at=when("06-01 14:11")),
    LabelVoided(rma="RMA-1", number=NUMBER, at=when("06-02 10:00")),
    RefundIssued(rma="RMA-1", at=when("06-02 10:00"), amount=Money(amount="12.50", currency="EUR")),
    ClaimFiled(rma="RMA-1", at=when("06-23 10:00"), route="AMAZON", reference="S-1"),
    WarehouseReceipt(rma="RMA-1", at=when("06-24 10:00")),
)


def test_a_case_survives_its_json():
    full = case(*EVERYTHING)
    assert ReturnCase.model_validate_json(full.model_dump_json()) == full


@pytest.mark.parametrize("observation", EVERYTHING, ids=lambda one: one.type)
def test_an_observation_survives_its_json(observation):
    assert OBSERVATION.validate_json(OBSERVATION.dump_json(observation)) == observation


def test_a_verdict_from_json_is_the_verdict_and_survives_its_own_json():
    full = case(*EVERYTHING)
    found = assess(full, at=when("06-25 12:00"))
    assert assess(ReturnCase.model_validate_json(full.model_dump_json()), at=when("06-25 12:00")) == found
    assert Assessment.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("model", [ReturnCase, Assessment])
def test_a_json_schema_can_be_had(model):
    for mode in ("validation", "serialization"):
        assert json.dumps(model.model_json_schema(mode=mode))


def test_a_merchants_fact_is_learned_when_it_happens_unless_told():
    assert RefundIssued(rma="R", at=when("06-01 14:30")).observed_at == when("06-01 14:30")
    told = RefundIssued(rma="R", at=when("06-01 14:30"), observed_at=when("06-05 10:00"))
    assert told.observed_at == when("06-05 10:00")


@pytest.mark.parametrize("day", [date.min, date(1999, 12, 31), date(2201, 1, 1), date.max])
@pytest.mark.parametrize("field", ["expires_on", "expected_delivery"])
def test_a_label_whose_days_no_calendar_can_reckon_with_is_refused_at_its_field(field, day):
    with pytest.raises(ValidationError, match=rf"{field}\n.*lies outside the years 2000 to 2200"):
        CaseLabel(number="A1", carrier="dhl_paket", **{field: day})


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 12, tzinfo=UTC)])
def test_what_is_told_of_a_moment_that_no_calendar_can_reckon_with_is_refused_at_its_field(moment):
    with pytest.raises(ValidationError, match=r"at\n.*lies outside the years 2000 to 2200"):
        WarehouseReceipt(rma="R1", at=moment)
    with pytest.raises(ValidationError, match=r"issued_at\n.*lies outside the years 2000 to 2200"):
        CaseLabel(number="A1", carrier="dhl_paket", issued_at=moment)


def test_a_refund_without_a_zone_is_refused_at_its_field():
    with pytest.raises(ValidationError) as refused:
        RefundIssued(rma="R", at=when("06-01 14:30").replace(tzinfo=None))
    assert ("at",) in [fault["loc"] for fault in refused.value.errors()]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"labels": ()}, "at least 1 item"),
        ({"labels": (label(), label())}, "each label once"),
        ({"observations": (RefundIssued(rma="RMA-2", at=when("06-02")),)}, "of the return RMA-2"),
        ({"observations": (not_found("06-02 12:00", number="123"),)}, "no label of this case"),
        ({"labels": (label(), label(number="123")), "observations": (HandoverProof(at=when("06-02")),)}, "must name"),
    ],
)
def test_a_case_that_mixes_returns_is_refused(values, says):
    with pytest.raises(ValidationError, match=says):
        ReturnCase.model_validate({"rma": "RMA-1", "labels": (label(),)} | values)


def test_a_case_takes_further_observations_and_refuses_a_strangers():
    grown = case().observed(read("06-02 12:00", ACCEPTED))
    assert assess(grown, at=when("06-03")).state is State.IN_TRANSIT
    with pytest.raises(ValueError, match="no label of this case"):
        grown.observed(not_found("06-02 12:00", number="123"))


def test_a_number_with_spaces_is_the_same_number():
    spaced = label(number="0034 0434 1234 567890")
    assert ReturnCase(labels=(spaced,), observations=(read("06-02 12:00", ACCEPTED),)).observations


def test_a_single_look_up_is_a_case():
    asked = read("06-22 08:00", ACCEPTED).report
    found = assess(
        from_report(asked, label_source=LabelSource.AMAZON_NEGOTIATED, issued_at=when("06-01 08:00")), at=when("06-22 09:00")
    )
    assert found.state is State.LOST_PRESUMED
    assert found.blocked_by == ("REFUND_FIRST",)


def test_a_look_up_without_the_labels_date_says_that_reuse_is_unchecked():
    found = assess(from_report(not_found("06-22 08:00").failure), at=when("06-22 09:00"))
    assert found.state is State.AWAITING_FIRST_SCAN
    assert Flag.REUSE_UNCHECKED in found.flags
    assert found.blocked_by == ("SOURCE_UNKNOWN",)


def bought(*documents: LabelDocument) -> Label:
    customer = Address(
        name="Erika Beispiel", street="Testweg", house_number="1", postal_code="80331", city="München", country="DE"
    )
    ours = Address(name="Muster GmbH", street="Lagerstr.", house_number="2", postal_code="10115", city="Berlin", country="DE")
    bound = BoundReturnAddress(name="berlin", address=ours)
    request = ReturnRequest(rma="RMA-1", ship_from=customer, return_to="berlin", parcel=Parcel.of("2 kg"))
    return Label(
        account="dhl", carrier="dhl_paket", tracking_number=NUMBER, rma="RMA-1", label_source=LabelSource.OWN_CONTRACT,
        issued_at=when("06-01 08:00"), expires_on=date(2026, 12, 31), documents=documents, return_to=bound,
        order=LabelOrder(account="dhl", request=request, return_to=bound, key="RMA-1/1", formats=Formats()),
    )  # fmt: skip


def test_a_bought_label_makes_a_case_without_name_or_street():
    made = case_of(bought(), [read("06-02 12:00", ACCEPTED)])
    assert made.labels[0] == CaseLabel(
        number=NUMBER, carrier="dhl_paket", account="dhl", label_source=LabelSource.OWN_CONTRACT, issued_at=when("06-01 08:00"),
        origin=Place(country="DE", postal_code="80331", city="München"), expires_on=date(2026, 12, 31),
        destination=Place(country="DE", postal_code="10115", city="Berlin"),
    )  # fmt: skip
    assert "Beispiel" not in made.model_dump_json()
    assert "Testweg" not in made.model_dump_json()


@pytest.mark.parametrize(
    ("formats", "code_only"), [((), False), ((LabelFormat.QR,), True), ((LabelFormat.QR, LabelFormat.PDF), False)]
)
def test_a_label_that_came_as_a_code_alone_is_known_as_one(formats, code_only):
    documents = [LabelDocument(format=one, content=b"x", media_type="image/png") for one in formats]
    assert case_of(bought(*documents)).labels[0].code_only is code_only


def test_a_code_with_a_customs_invoice_beside_it_is_a_code_alone_all_the_same():
    code = LabelDocument(format=LabelFormat.QR, content=b"x", media_type="image/png")
    invoice = LabelDocument(format=LabelFormat.PDF, content=b"x", media_type="application/pdf", kind="invoice")
    assert case_of(bought(code, invoice)).labels[0].code_only


def test_a_bought_label_tells_when_it_is_charged_and_its_account_whether_pushes_count():
    bought = Label(
        account="dhl",
        carrier="dhl_paket",
        tracking_number=NUMBER,
        issued_at=when("06-01"),
        charge_event=ChargeEvent.ON_FIRST_SCAN,
    )
    (kept,) = case_of(bought, trust_push=True).labels
    assert (kept.charge_event, kept.trust_push) == (ChargeEvent.ON_FIRST_SCAN, True)


def test_an_adopted_label_makes_a_case():
    adopted = Label(account="dhl", carrier="dhl_paket", tracking_number=NUMBER, issued_at=when("06-01 08:00"))
    assert assess(case_of(adopted), at=when("06-02")).state is State.AWAITING_FIRST_SCAN


def test_what_was_learned_at_once_is_judged_alike_in_any_order():
    one = read("06-03 08:00", hub("06-03 04:00", text="a")).model_copy()
    other = read("06-03 08:00", ACCEPTED, delivered("06-03 07:00"))
    same = [one.report, other.report]
    assert same[0].digest == same[1].digest
    assert verdict("06-04", one, other) == verdict("06-04", other, one)


def test_the_zone_of_the_moment_makes_no_difference():
    ours = case(read("06-22 08:00", ACCEPTED))
    assert assess(ours, at=when("2026-06-22T06:30Z")).state is assess(ours, at=when("06-22 08:30").astimezone(BERLIN)).state


def test_an_answer_is_known_when_it_was_asked_for_unless_told():
    report = read("06-02 12:00", ACCEPTED).report
    assert Read(report=report).observed_at == when("06-02 12:00")
    assert FailedRead(failure=not_found("06-03 12:00").failure).observed_at == when("06-03 12:00")


def test_an_answer_without_its_report_is_refused_at_its_field():
    with pytest.raises(ValidationError) as refused:
        Read.model_validate({})
    assert ("report",) in [fault["loc"] for fault in refused.value.errors()]


@pytest.mark.parametrize("fold", [0, 1])
def test_a_case_survives_its_json_where_clocks_go_back(fold):
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold)
    row = event(Kind.HUB_SCAN, twice)
    report = TrackingReport(NUMBER, "dhl_paket", (row,), twice, "d")
    one = ReturnCase(
        rma="RMA-1",
        labels=(label(issued_at=twice),),
        observations=(
            Read(report=report), Push(message=PushMessage(NUMBER, (row,), twice)), RefundIssued(at=twice),
            FailedRead(failure=TrackingFailure(NUMBER, "dhl_paket", ReadFailure.FAILED, twice)),
        ),
    )  # fmt: skip
    assert ReturnCase.model_validate_json(one.model_dump_json()) == one
    assert one.labels[0].issued_at == twice.astimezone(UTC)
