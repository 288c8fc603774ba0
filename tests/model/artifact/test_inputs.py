import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model.artifact.inputs import LoadedPipeline
from model.errors import ArtifactError
from model.features.definitions import FEATURE_NAMES

FEATURES = np.array([[600.0, 60.0, 10.0, 300.0, 20.0, 5.0]])


def linear(names: list[str] | None, count: int) -> LinearRegression:
    """A regression that answers 1 * first input + 10 * second + 100 * third + …, exactly."""
    rows = np.eye(count)
    target = rows @ (10.0 ** np.arange(count))
    return LinearRegression(fit_intercept=False).fit(
        rows if names is None else pd.DataFrame(rows, columns=names), target
    )


@pytest.mark.parametrize("names", [["recency", "frequency", "total_spent", "avg_spent"], None])
def test_a_published_pipeline_of_four_inputs_gets_them_in_its_own_order(names):
    pipeline = linear(names, 4)

    spend = LoadedPipeline.of(pipeline).predict(FEATURES)

    assert spend[0] == pytest.approx(5 * 1 + 10 * 10 + 600 * 100 + 60 * 1000)


def test_our_names_in_another_order_are_put_in_place():
    names = list(reversed(FEATURE_NAMES))

    assert LoadedPipeline.of(linear(names, 6)).positions == (5, 4, 3, 2, 1, 0)


def test_six_inputs_without_names_take_our_order():
    assert LoadedPipeline.of(linear(None, 6)).positions == (0, 1, 2, 3, 4, 5)


def test_names_are_read_as_people_write_them():
    assert LoadedPipeline.of(linear(["Recency Days", "TOTAL_SPEND"], 2)).positions == (5, 0)


def test_a_pipeline_that_selects_columns_by_name_gets_a_data_frame():
    frame = pd.DataFrame(FEATURES, columns=list(FEATURE_NAMES))
    selection = ColumnTransformer([("scale", StandardScaler(), ["total_spend", "recency_days"])])
    pipeline = make_pipeline(selection, LinearRegression()).fit(pd.concat([frame, frame * 2]), [1.0, 3.0])

    spend = LoadedPipeline.of(pipeline).predict(FEATURES)

    assert spend[0] == pytest.approx(1.0)


def test_an_input_that_nobody_knows_is_named():
    with pytest.raises(ArtifactError, match=r"wants an input 'shoe_size'.*total_spend"):
        LoadedPipeline.of(linear(["total_spend", "shoe_size"], 2))


@pytest.mark.parametrize("count", [1, 5, 7])
def test_another_number_of_inputs_without_names_is_refused(count):
    with pytest.raises(ArtifactError, match=f"no input names and {count} inputs"):
        LoadedPipeline.of(linear(None, count))
