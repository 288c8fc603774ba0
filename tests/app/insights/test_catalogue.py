"""The catalogue of actions: closed, complete, and a shop's own if it wants."""

from itertools import product

import pytest

from app.insights.catalogue import load_catalogue
from app.settings import SettingsError
from model.segments import Segment

ALL_SEGMENTS = ", ".join(f'"{segment}"' for segment in Segment)
OWN = f"""\
[[action]]
id = "call"
title = "Call the customer"
segments = [{ALL_SEGMENTS}]
fits = "always"
effort = "time"
cost = 2.50

[[action]]
id = "tenner"
title = "Take £10 off the next order over £50"
segments = ["At Risk"]
fits = "the customer is nearly lost"
effort = "ten pounds"
cost = 10
probability_below = 0.2
"""


def written(tmp_path, text):
    path = tmp_path / "actions.toml"
    path.write_text(text, "utf-8")
    return path


def complaint(path):
    with pytest.raises(SettingsError) as caught:
        load_catalogue(path)
    return str(caught.value)


@pytest.mark.parametrize(("segment", "probability"), list(product(Segment, [0.0001, 0.25, 0.5, 0.9999])))
def test_every_customer_has_a_built_in_action(segment, probability):
    assert load_catalogue(None).best(segment, probability).suits(segment, probability)


def test_every_built_in_action_is_the_best_for_somebody_or_an_alternative():
    catalogue = load_catalogue(None)
    suiting = {
        action.id
        for segment, percent in product(Segment, range(1, 100))
        for action in catalogue.suiting([segment], percent / 100)
    }

    assert suiting == {action.id for action in catalogue}


def test_a_shop_brings_its_own_actions(tmp_path):
    catalogue = load_catalogue(written(tmp_path, OWN))

    assert [action.id for action in catalogue.suiting([Segment.AT_RISK], 0.1)] == ["call", "tenner"]
    assert [action.id for action in catalogue.suiting([Segment.AT_RISK], 0.2)] == ["call"]
    assert catalogue.best(Segment.HIGH_VALUE, 0.9).id == "call"


def test_another_catalogue_has_another_digest(tmp_path):
    assert load_catalogue(written(tmp_path, OWN)).digest != load_catalogue(None).digest


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [
        ('segments = ["At Risk"]', 'segments = ["Champions"]', "line 12: segments: Input should be 'High Value'"),
        ('id = "tenner"', 'id = "Tenner!"', "line 10: id: String should match pattern"),
        ('id = "tenner"', 'id = "call"', "line 10: id: 'call' is there twice"),
        ('effort = "ten pounds"', 'price = "ten pounds"', "line 9: effort: Field required"),
        ("cost = 10", 'cost = "ten pounds"', "line 15: cost: 'ten pounds' is no cost; write money such as 0 or 4.50"),
        ("cost = 10", "cost = -1", "line 15: cost: -1 is no cost"),
        ("cost = 10", "cost = true", "line 15: cost: True is no cost"),
        ("probability_below = 0.2", "probability_below = 2", "line 16: probability_below: Input should be less than"),
        ("Call the customer", "Call {nobody}", "line 3: title: {nobody} is no number of a customer"),
        ("Call the customer", "Call {recency_days", "line 3: title: a brace is not closed"),
        ("Call the customer", "Call <b>now</b>", "line 3: title: '<' is not allowed here"),
        ('"Low Value"', '"At Risk"', "line 16: no action without a probability range is for Low Value"),
        ("[[action]]\nid", "[[actions]]\nid", "line 1: the file must hold [[action]] tables and nothing else"),
        ('title = "Call', "title = Call", "is no TOML: "),
    ],
)
def test_a_broken_file_is_refused_with_line_and_reason(broken, mended, reason, tmp_path):
    assert reason in complaint(written(tmp_path, OWN.replace(broken, mended)))


def test_a_missing_file_is_named(tmp_path):
    assert complaint(tmp_path / "none.toml").endswith(
        "none.toml cannot be read (No such file or directory); name a TOML file"
    )


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "actions.toml"
    path.write_bytes(b"\xff\xfe\x00")

    assert complaint(path).endswith("is no UTF-8 text")
