"""The history model answers from its arrays as it does from its pickle, and never from arrays of another one."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special

from model.artifact import dump_pipeline, load_artifact, unpickle
from model.features import HISTORY_FEATURE_NAMES
from model.history_artifact import HISTORY_FILE, load_history_model
from model.history_form import check_equal_forecasts, export_history_form, load_history_form, many_histories
from model.history_model import HistoryModel, Level
from model.hurdle import ServedHurdle
from model.special_functions import expit, hyp2f1, logit
from tests.support import ROOT

MODEL = ROOT / "model"
SNAPSHOTS = pd.DataFrame(many_histories()[:500], columns=list(HISTORY_FEATURE_NAMES))


@pytest.fixture(scope="module")
def pickled() -> HistoryModel:
    return unpickle((MODEL / HISTORY_FILE).read_bytes(), MODEL / HISTORY_FILE)


def test_the_committed_form_is_of_the_committed_pickle(pickled):
    served = load_history_model(MODEL, load_artifact(MODEL).card)

    assert isinstance(served, HistoryModel)
    assert isinstance(served.hurdle, ServedHurdle)
    assert not isinstance(pickled.hurdle, ServedHurdle)


def test_forecasts_intervals_and_reasons_are_those_of_the_pickle(pickled):
    sha256 = hashlib.sha256(dump_pipeline(pickled)).hexdigest()
    served = load_history_form(export_history_form(pickled, sha256), sha256)

    expected, found = pickled.predict(SNAPSHOTS), served.predict(SNAPSHOTS)
    assert found.spend == pytest.approx(expected.spend, rel=1e-9)
    assert found.probability == pytest.approx(expected.probability, rel=1e-9)
    assert served.predict_interval(SNAPSHOTS, coverage=0.9)[1] == pytest.approx(
        pickled.predict_interval(SNAPSHOTS, coverage=0.9)[1], rel=1e-9
    )
    for position in range(5):
        customer = SNAPSHOTS.iloc[[position]]
        told, expected_reasons = served.explain(customer), pickled.explain(customer)
        assert [reason.feature for reason in told.reasons] == [reason.feature for reason in expected_reasons.reasons]
        assert [reason.amount for reason in told.reasons] == pytest.approx(
            [reason.amount for reason in expected_reasons.reasons], rel=1e-6, abs=1e-9
        )


def test_a_form_of_another_pickle_or_cut_short_is_passed_over(pickled):
    content = export_history_form(pickled, "0" * 64)

    assert load_history_form(content, "1" * 64) is None
    assert all(load_history_form(content[:length], "0" * 64) is None for length in range(0, len(content), 5000))


def test_a_form_that_answers_otherwise_is_refused(pickled):
    """It is never written: see ``export_history_form``."""
    other = replace(pickled, mixture=replace(pickled.mixture, level=Level(log_spend=1e-6)))

    with pytest.raises(ArithmeticError, match="spend differs"):
        check_equal_forecasts(other, pickled)


def test_special_functions_are_those_of_scipy():
    log_odds = np.linspace(-800, 800, 1001)
    assert expit(log_odds) == pytest.approx(special.expit(log_odds), rel=1e-12, abs=1e-300)
    shares = np.linspace(0.0001, 0.9999, 1001)
    assert logit(shares) == pytest.approx(special.logit(shares), rel=1e-12, abs=1e-14)
    c, z = (grid.ravel() for grid in np.meshgrid([0.2, 1.3, 2.5, 40.0, 3000.0], [0.0, 0.01, 0.3, 0.6, 0.89]))
    for a, b in ((1.8, -0.9), (0.4, 0.6), (-0.7, 3.0), (3.0, 1.5)):
        assert hyp2f1(a, b, c, z) == pytest.approx(special.hyp2f1(a, b, c, z), rel=1e-11)


def test_a_whole_history_is_answered_without_the_libraries_that_trained_the_model(tmp_path):
    code = (
        "import sys; from datetime import datetime; from pathlib import Path\n"
        "from model import load_artifact; from model.one_customer import HistoryPredictor, OrderLine\n"
        f"directory = Path({str(MODEL)!r}); predictor = HistoryPredictor(directory, load_artifact(directory).card)\n"
        "lines = [OrderLine(str(day), 'MUG', 2.0, 5.0, datetime(2011, 10, day, 9)) for day in (3, 12, 20)]\n"
        "found = predictor.predict(lines); assert found.prediction.reasons.reasons\n"
        "print({'sklearn', 'scipy', 'joblib'} & set(sys.modules))"
    )

    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.stdout.strip() == "set()", finished.stderr
