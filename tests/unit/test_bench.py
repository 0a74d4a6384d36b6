"""What prints the budgets: each module in a process of its own, whatever becomes of the others."""

import json
from pathlib import Path

from benchmarks.__main__ import each


def module(folder: Path, name: str, body: str) -> str:
    """A module of benchmarks that notes its process when it is run, and then does what its body says."""
    lines = ["import os", "from pathlib import Path", "from benchmarks.measuring import at_most", "def run():"]
    lines += [f"    Path({str(folder / name)!r}).write_text(str(os.getpid()))", *(f"    {line}" for line in body.splitlines())]
    (folder / f"measured_{name}.py").write_text("\n".join(lines))
    return f"measured_{name}"


def measured(seconds: int) -> str:
    return f"yield at_most('took', {seconds}, 1, 's')"


def oks(told: str) -> list[bool]:
    return [json.loads(line)["ok"] for line in told.splitlines()]


def test_a_budget_that_is_missed_fails_the_whole_and_each_module_has_a_process_of_its_own(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert each([module(tmp_path, "late", measured(2)), module(tmp_path, "early", measured(1))]) == 1
    assert oks(capfd.readouterr().out) == [False, True]
    assert (tmp_path / "late").read_text() != (tmp_path / "early").read_text()


def test_all_budgets_that_are_kept_are_no_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert each([module(tmp_path, "early", measured(1))]) == 0


def test_a_module_that_fails_loses_nothing_that_was_measured_and_fails_the_whole(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    failing = module(tmp_path, "failing", measured(1) + "\nraise OSError('no room')")
    assert each([failing, module(tmp_path, "next", measured(1))]) == 1
    told = capfd.readouterr()
    assert oks(told.out) == [True, True]
    assert "no room" in told.err
