import pytest

from training.promotion import choose_champion

MODELS = {
    "history_blend": {"rmse_w99": 325.0},
    "bgnbd_gamma_gamma": {"rmse_w99": 341.0},
    "lasso_6": {"rmse_w99": 373.0},
}
BETTER = {"rmse_w99": (-22.0, -12.0), "gini": (0.01, 0.03)}


def test_the_challenger_is_promoted_where_it_surely_beats_both_defenders():
    differences = {"bgnbd_gamma_gamma": {"history_blend": BETTER}, "lasso_6": {"history_blend": BETTER}}

    assert choose_champion(MODELS, differences)[0] == "history_blend"


@pytest.mark.parametrize(
    "doubtful",
    [
        {"rmse_w99": (-22.0, 1.0), "gini": (0.01, 0.03)},
        {"rmse_w99": (-22.0, -12.0), "gini": (-0.01, 0.03)},
        {"rmse_w99": (-22.0, -12.0), "gini": None},
        {"rmse_w99": (12.0, 22.0), "gini": (-0.03, -0.01)},
    ],
)
def test_any_doubt_leaves_the_better_defender_and_says_which(doubtful):
    differences = {"bgnbd_gamma_gamma": {"history_blend": doubtful}, "lasso_6": {"history_blend": BETTER}}

    name, reason = choose_champion(MODELS, differences)

    assert name == "bgnbd_gamma_gamma"
    assert "against bgnbd_gamma_gamma" in reason
    assert "against lasso_6" not in reason.partition("it is not surely")[2]


def test_among_the_defenders_the_lower_capped_error_stays():
    models = {**MODELS, "lasso_6": {"rmse_w99": 300.0}}
    doubt = {"rmse_w99": (-1.0, 1.0), "gini": (-1.0, 1.0)}
    differences = {"bgnbd_gamma_gamma": {"history_blend": doubt}, "lasso_6": {"history_blend": doubt}}

    assert choose_champion(models, differences)[0] == "lasso_6"


def test_without_the_contenders_the_lowest_error_wins():
    assert choose_champion({"zero": {"rmse_w99": 9.0}, "mean": {"rmse_w99": 8.0}}, {})[0] == "mean"
