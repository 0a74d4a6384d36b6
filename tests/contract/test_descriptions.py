from decimal import Decimal

import pytest

from tests.contract.descriptions import PROJECT, AbsentDescription, load_description, read_description, specs_folder

TABBED = "info:\n  title: a\tb\n  enum: [NO, on, 021, 2020-01-01, 7, -7, 0.001, 1e-3, true, null, '7']\n"


def test_the_folder_is_the_one_beside_the_project_by_default():
    assert specs_folder({}) == (PROJECT.parent / "shared" / "specs").resolve()


def test_the_variable_names_another_folder(tmp_path):
    assert specs_folder({"RETOURE_SPECS": str(tmp_path)}) == tmp_path.resolve()


def test_an_absent_folder_is_named_with_the_variable(tmp_path):
    absent = tmp_path / "nowhere"
    with pytest.raises(AbsentDescription, match=rf"(?s){absent}.*RETOURE_SPECS"):
        read_description("carrier/api.yaml", absent)


def test_an_absent_file_is_named_with_the_folder_and_the_variable(tmp_path):
    with pytest.raises(AbsentDescription, match=rf"(?s)carrier/api\.yaml.*{tmp_path}.*RETOURE_SPECS"):
        read_description("carrier/api.yaml", tmp_path)


def test_tabs_become_spaces_in_memory_and_the_file_stays(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(TABBED, encoding="utf-8")
    assert read_description("api.yaml", tmp_path) == TABBED.replace("\t", " ")
    assert "\t" in file.read_text(encoding="utf-8")


def test_country_codes_and_dates_stay_text_and_decimals_exact(tmp_path):
    (tmp_path / "api.yaml").write_text(TABBED, encoding="utf-8")
    values = load_description("api.yaml", tmp_path)["info"]["enum"]
    assert values == ["NO", "on", "021", "2020-01-01", 7, -7, Decimal("0.001"), Decimal("0.001"), True, None, "7"]
    assert isinstance(values[6], Decimal)


def test_a_description_is_parsed_once(tmp_path):
    (tmp_path / "api.yaml").write_text(TABBED, encoding="utf-8")
    assert load_description("api.yaml", tmp_path) is load_description("api.yaml", tmp_path)
