"""The test for programs of others: our own passes, a wrong one is told what is wrong, none at all ends soon."""

import sys
from pathlib import Path

from tests.connector.lines import MAIN, typed

WRONG = Path(__file__).with_name("wrong_program.py")
HOSTILE = Path(__file__).with_name("hostile_program.py")


def results(text):
    return {line[6:].partition(":")[0].strip(): line[:4] for line in text.splitlines() if line[:4] in ("pass", "FAIL")}


def test_our_own_program_keeps_all_rules(tmp_path):
    code, text = typed("conformance", "--patience", "5", "--", *MAIN, "run", "--config", "{config}", folder=tmp_path)
    assert (code, set(results(text).values()), len(results(text))) == (0, {"pass"}, 18), text
    assert "All rules are kept." in text


def test_a_wrong_program_is_told_what_is_wrong(tmp_path):
    code, text = typed("conformance", "--patience", "2", "--", sys.executable, str(WRONG), folder=tmp_path)
    found = results(text)
    assert code == 1, text
    assert {rule for rule, result in found.items() if result == "FAIL"} == {
        "answers what the shop has, at its price in minor units",
        "offers nothing above the budget",
        "offers nothing else than what was wished",
        "promises no more pieces than are in stock",
        "answers ping with pong and its n",
        "sends again under the same id on the next line",
        "answers the same call once",
        "loses no call when the line breaks in the middle",
        "waits a moment before it connects again",
        "stays away after close code 4403",
        "sends frames of the right shape",
    }, text
    assert "FAIL  sends frames of the right shape: the price is a whole number of minor units, not 9999.5." in text


def test_a_program_that_sends_what_no_rule_thinks_of_ends_no_run(tmp_path):
    code, text = typed("conformance", "--patience", "0.5", "--", sys.executable, str(HOSTILE), folder=tmp_path)
    found = results(text)
    assert (code, len(found), found["sends frames of the right shape"]) == (1, 18, "FAIL"), text
    assert "Traceback" not in text
    assert max(map(len, text.splitlines())) < 400


def test_a_program_that_ends_is_not_waited_for(tmp_path):
    code, text = typed("conformance", "--", sys.executable, "-c", "pass", folder=tmp_path, seconds=30)
    assert (code, set(results(text).values())) == (1, {"FAIL", "pass"})
    assert "FAIL  opens /ws/connector/ with the key in the header: the program has ended." in text
    assert text.count("FAIL") == 17
