"""``retoure pickup``."""

from sqlalchemy import event

from retoure import Purchases
from retoure.testing.samples import SAMPLES

ORDER = {"account": "dhl", **SAMPLES["pickup_in_munich"]}
FIND = ("pickup", "find", "--account", "dhl", "--key", "RMA-1001/pickup", "--day", "2026-03-03")


def test_a_pickup_is_booked_from_an_order(retoure, fits):
    retoure.configure(unprotected=True).replaying("dhl_paket/pickups/scheduled", account="dhl")
    ran = retoure("pickup", "schedule", retoure.file(ORDER), "--json")
    assert ran.code == 0
    fits(ran.value, "Pickup")
    assert (ran.value["state"], ran.value["day"]) == ("ACCEPTED", "2026-03-03")


def test_a_booked_pickup_is_shown_with_its_confirmation(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/pickups/scheduled", account="dhl")
    ran = retoure("pickup", "schedule", retoure.file(ORDER))
    assert "0a1b2c3d4e5f60718293a4b5c6d7e8f9" in ran.out
    assert "from 09:00 until 17:00" in ran.out


def test_a_booking_that_cannot_be_printed_is_told_with_its_number_and_key_and_leaves_with_3(retoure, unwritable):
    retoure.configure(unprotected=True).replaying("dhl_paket/pickups/scheduled", account="dhl")
    code, told = retoure.printing_to(unwritable, "pickup", "schedule", retoure.file(ORDER))
    assert code == 3
    assert "the pickup 0a1b2c3d4e5f60718293a4b5c6d7e8f9 was booked, but standard output cannot be written: " in told
    assert "key: RMA-1001/pickup" in told


def test_a_booking_that_cannot_be_written_down_is_printed_and_told_with_its_number_and_key(retoure, tmp_path):
    retoure.configure()
    books = Purchases.at(f"sqlite:///{tmp_path}/books.db")
    retoure.surroundings.options["purchases"] = books
    retoure.replaying("dhl_paket/pickups/scheduled", account="dhl")
    books.records()

    def full(*_):
        books._database._engine.dispose()
        event.listen(
            books._database._engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON").close()
        )

    retoure.surroundings.options["raw_sink"] = full
    ran = retoure("pickup", "schedule", retoure.file(ORDER), "--json")
    assert (ran.code, ran.error["type"]) == (3, "BooksError")
    assert (ran.error["number"], ran.error["key"]) == ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", "RMA-1001/pickup")
    assert ran.value["confirmation_number"] == ran.error["number"]


def test_booking_needs_purchases(retoure):
    retoure.configure().replaying("dhl_paket/pickups/scheduled", account="dhl")
    ran = retoure("pickup", "schedule", retoure.file(ORDER))
    assert ran.code == 2
    assert retoure.replay.mounted.sent == []


def test_a_lost_booking_leaves_with_3(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/pickups/server_error", account="dhl")
    ran = retoure("pickup", "schedule", retoure.file(ORDER), "--json")
    assert (ran.code, ran.error["type"], ran.error["key"]) == (3, "OutcomeUnknown", "RMA-1001/pickup")


def test_an_order_without_a_parcel_is_refused_by_field(retoure):
    ran = retoure.configure(unprotected=True)("pickup", "schedule", retoure.file({**ORDER, "parcels": []}))
    assert ran.code == 2
    assert "parcels" in ran.err


def test_a_pickup_is_cancelled(retoure, fits):
    retoure.configure().replaying("dhl_paket/pickups/cancelled", account="dhl")
    ran = retoure("pickup", "cancel", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "--account", "dhl", "--json")
    assert ran.code == 0
    fits(ran.value, "CancelReport")
    assert ran.value["result"] == "CANCELLED"


def test_a_refused_cancellation_leaves_with_1(retoure):
    retoure.configure().replaying("dhl_paket/pickups/cancel_refused", account="dhl")
    ran = retoure("pickup", "cancel", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "--account", "dhl")
    assert ran.code == 1
    assert "RequestRejected" in ran.err


def test_a_found_pickup_leaves_with_0(retoure, fits):
    retoure.configure().replaying("dhl_paket/pickups/found", account="dhl")
    ran = retoure(*FIND, "--json")
    assert ran.code == 0
    fits(ran.value, "PickupSearch")
    assert ran.value["outcome"] == "found"


def test_a_pickup_that_is_not_seen_proves_nothing_and_leaves_with_1(retoure):
    retoure.configure().replaying("dhl_paket/pickups/not_found", account="dhl")
    ran = retoure(*FIND)
    assert ran.code == 1
    assert "proves nothing" in ran.out


def test_a_wrong_day_is_refused(retoure):
    ran = retoure.configure()(*FIND[:-1], "03.03.2026")
    assert ran.code == 2
    assert "is no date" in ran.err


def test_two_bookings_under_one_key_are_candidates_for_a_person_and_leave_with_1(retoure, fits):
    retoure.configure().replaying("dhl_paket/pickups/found_twice", account="dhl")
    ran = retoure(*FIND, "--json")
    assert ran.code == 1
    fits(ran.value, "PickupSearch")
    assert (ran.value["outcome"], len(ran.value["pickups"])) == ("candidates", 2)
