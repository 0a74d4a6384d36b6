"""``retoure track`` and ``retoure drop-offs``."""

NUMBER = "00349900000000000017"
THREE = (NUMBER, "00349900000000000024", "00349900000000000031")


def test_one_number_prints_one_report(retoure, fits):
    retoure.configure().replaying("dhl_paket/tracking/in_transit", account="dhl")
    ran = retoure("track", NUMBER, "--account", "dhl", "--json")
    assert ran.code == 0
    fits(ran.value, "TrackingReport")
    assert ran.value["number"] == NUMBER


def test_several_numbers_print_an_array_in_their_order_and_a_failure_leaves_with_1(retoure, fits):
    retoure.configure().replaying("dhl_paket/tracking/three_one_missing", account="dhl")
    ran = retoure("track", *THREE, "--account", "dhl", "--json")
    assert ran.code == 1
    assert [one["number"] for one in ran.value] == list(THREE)
    kinds = ["TrackingReport" if "events" in one else "TrackingFailure" for one in ran.value]
    assert sorted(kinds) == ["TrackingFailure", "TrackingReport", "TrackingReport"]
    for one, kind in zip(ran.value, kinds, strict=True):
        fits(one, kind)


def test_a_number_that_is_not_found_prints_a_failure_and_leaves_with_1(retoure, fits):
    retoure.configure().replaying("dhl_paket/tracking/never_found", account="dhl")
    ran = retoure("track", NUMBER, "--account", "dhl", "--json")
    assert ran.code == 1
    fits(ran.value, "TrackingFailure")
    assert ran.value["reason"] == "NOT_FOUND"


def test_the_history_is_shown_with_what_is_a_scan(retoure):
    retoure.configure().replaying("dhl_paket/tracking/in_transit", account="dhl")
    out = retoure("track", NUMBER, "--account", "dhl").out
    rows = [line for line in out.splitlines() if line.startswith("2026-06")]
    assert [("yes" in row.split(), row[:10]) for row in rows] == [
        (False, "2026-06-01"), (True, "2026-06-02"), (True, "2026-06-02"), (True, "2026-06-03"),
    ]  # fmt: skip


def test_many_numbers_are_asked_for_in_batches(retoure):
    retoure.configure().replaying("dhl_paket/tracking/three_one_missing", account="dhl")
    retoure("track", *THREE, THREE[0], "--account", "dhl")
    assert len(retoure.replay.mounted.sent) == 1


def test_a_number_that_is_none_is_refused(retoure):
    ran = retoure.configure()("track", "<script>", "--account", "dhl")
    assert ran.code == 2
    assert "number" in ran.err


def test_a_refused_login_is_told_without_the_password(retoure):
    retoure.configure().replaying("dhl_paket/tracking/login_failed", account="dhl")
    ran = retoure("track", NUMBER, "--account", "dhl")
    assert ran.code == 1
    assert "canary" not in ran.out + ran.err


def test_places_are_listed_nearest_first(retoure, fits):
    retoure.configure(settings='api_key = "canary-app"').replaying("dhl_paket/drop_offs/near_munich", account="dhl")
    retoure.config.write_text(retoure.config.read_text().replace('"sandbox"', '"production"'))
    query = (
        "drop-offs",
        "--account",
        "dhl",
        "--country",
        "DE",
        "--postal-code",
        "80331",
        "--city",
        "München",
        "--radius",
        "2000",
    )
    ran = retoure(*query, "--json")
    assert ran.code == 0
    assert ran.value
    for point in ran.value:
        fits(point, "DropOffPoint")
    distances = [point["distance_m"] for point in ran.value]
    assert distances == sorted(distances)


def test_a_search_that_the_account_cannot_make_leaves_with_1(retoure):
    ran = retoure.configure()("drop-offs", "--account", "dhl", "--country", "DE", "--postal-code", "80331")
    assert ran.code == 1
    assert "Unsupported" in ran.err


def test_an_unknown_country_is_refused(retoure):
    ran = retoure.configure()("drop-offs", "--account", "dhl", "--country", "XX")
    assert ran.code == 2
    assert "country" in ran.err


def test_places_are_shown_with_distance_and_opening_hours(retoure):
    retoure.configure().replaying("dhl_paket/drop_offs/near_munich", account="dhl")
    retoure.config.write_text(retoure.config.read_text().replace('"sandbox"', '"production"'))
    out = retoure("drop-offs", "--account", "dhl", "--country", "DE", "--postal-code", "80331", "--city", "München").out
    assert " m " in out
    assert "Mon-" in out
    assert "not told" in out


def test_no_place_is_an_answer_and_no_error(retoure):
    retoure.configure().replaying("dhl_paket/drop_offs/none_found", account="dhl")
    retoure.config.write_text(retoure.config.read_text().replace('"sandbox"', '"production"'))
    ran = retoure("drop-offs", "--account", "dhl", "--country", "DE", "--postal-code", "80331")
    assert ran.code == 0
    assert "No place was found" in ran.out
