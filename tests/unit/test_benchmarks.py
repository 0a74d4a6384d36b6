"""A floor is only a floor if it finds what the library finds."""

import json

import pytest
from benchmarks import adapters, dhl_express, dpd, floors, ups
from benchmarks.answers import NUMBER, label_json, tracking_json, tracking_xml
from benchmarks.measuring import at_most, ratio

from retoure import TrackedParcel


def test_the_xml_floor_picks_the_values_of_the_adapter():
    report = adapters.read_xml_report(tracking_xml())
    ours = [(e.instant, *e.raw_code.split("/"), e.location.text.removesuffix(", Deutschland")) for e in report.events]
    floor = [(*row[:4], row[4] or "Deutschland") for row in floors.track_xml(NUMBER, tracking_xml())]
    assert ours == floor
    assert len(floor) == 8


def test_the_json_floor_picks_the_values_of_the_adapter():
    report = adapters.read_json_report(tracking_json())
    assert [(e.instant, e.raw_code, e.location.text) for e in report.events] == floors.track_json(NUMBER, tracking_json())


def test_the_label_of_the_benchmark_is_read_whole():
    label = adapters.buy_label(label_json())
    assert label.tracking_number == json.loads(label_json())["shipmentNo"]
    assert {document.format for document in label.documents} == {"PDF", "QR", "LINK"}


@pytest.mark.parametrize("numbers", [(dhl_express.NUMBER,), dhl_express.BATCH])
def test_the_floor_of_dhl_express_picks_the_values_of_the_adapter(numbers):
    answer = dhl_express.tracking_answer(*numbers)
    reports = dhl_express.read_reports([TrackedParcel(number=number, country="DE") for number in numbers], answer)
    ours = {
        number: [(e.instant, e.raw_code, e.text, e.location.text) for e in report.events] for number, report in reports.items()
    }
    assert ours == dhl_express.floor(numbers, answer)
    assert {len(events) for events in ours.values()} == {8}


def test_the_label_and_the_waybill_of_the_benchmark_are_read_whole():
    label = dhl_express.buy_label(dhl_express.label_answer())
    assert label.tracking_number == dhl_express.NUMBER
    assert [(document.kind, len(document.content)) for document in label.documents] == [("label", 40968), ("waybill", 30728)]


def test_the_floor_of_ups_picks_the_values_of_the_adapter():
    report = ups.read_report(ups.tracking_json())
    floor = ups.floor(ups.tracking_json())
    assert [(e.instant, e.raw_code, e.location.city) for e in report.events] == floor
    assert len(floor) == 8


def test_the_label_of_ups_is_read_whole():
    label = ups.buy_label(ups.label_json())
    assert label.tracking_number == ups.NUMBER
    assert [(document.kind, document.format) for document in label.documents] == [("label", "GIF"), ("receipt", "HTML")]
    assert str(label.price) == "6.45 EUR"


def test_the_floor_of_dpd_picks_the_values_of_the_adapter():
    answer = dpd.tracking_answer()
    report = dpd.read_report(TrackedParcel(number=dpd.NUMBER), answer)
    assert [(e.instant, e.raw_code, e.text, e.location.text) for e in report.events] == dpd.floor(answer)
    assert len(report.events) == 6


def test_the_labels_of_dpd_are_read_whole():
    for label in (dpd.buy_from_cloud(dpd.cloud_answer()), dpd.buy_from_meta(dpd.meta_answer())):
        assert label.tracking_number == dpd.NUMBER
        assert [(document.format, len(document.content)) for document in label.documents] == [("PDF", 40968)]


def test_a_missed_budget_is_said():
    assert not at_most("x", 3.1, 3.0).ok
    assert at_most("x", 3.0, 3.0).as_json() == {"name": "x", "measured": 3.0, "budget": 3.0, "unit": "ratio", "ok": True}


def test_a_ratio_compares_two_works_of_one_run():
    assert ratio(lambda: sum(range(3000)), lambda: sum(range(30)), repeats=20, rounds=5) > 2
