"""Which model becomes the history model: a rule that was stated before anybody saw the leaderboard."""

from collections.abc import Mapping

from training.leaderboard import LARGER_IS_BETTER, Differences, Metrics

CHALLENGER = "history_blend"
DEFENDERS = ("bgnbd_gamma_gamma", "lasso_6")
HISTORY_MODELS = (CHALLENGER, *DEFENDERS)
DECISIVE = ("rmse_w99", "gini")
RULE = (
    "history_blend is promoted where the 95 % intervals of its differences to bgnbd_gamma_gamma and to lasso_6 "
    "exclude 0, in its favour, on rmse_w99 and on gini; else the defender with the lower rmse_w99 stays"
)


def choose_champion(
    models: Mapping[str, Metrics], differences: Mapping[str, Mapping[str, Differences]]
) -> tuple[str, str]:
    """The champion's name, and why, by ``RULE``.

    Parameters
    ----------
    models : mapping of model to measures
        Pooled over the windows of a backtest.
    differences : mapping of baseline and model to intervals
        See ``bootstrap_differences``.
    """
    defenders = [name for name in DEFENDERS if name in models]
    if CHALLENGER in models and defenders:
        doubts = [
            f"{metric} against {defender}"
            for defender in defenders
            for metric in DECISIVE
            if not _is_better(metric, differences[defender][CHALLENGER].get(metric))
        ]
        if not doubts:
            return CHALLENGER, f"{RULE}: it is better on all of them"
        best = min(defenders, key=lambda name: models[name]["rmse_w99"] or 0.0)
        return best, f"{RULE}: it is not surely better on {', '.join(doubts)}"
    best = min(models, key=lambda name: models[name]["rmse_w99"] or 0.0)
    return best, "the lowest rmse_w99; the rule of promotion needs history_blend, bgnbd_gamma_gamma and lasso_6"


def _is_better(metric: str, interval: tuple[float, float] | None) -> bool:
    if interval is None:
        return False
    low, high = interval
    return low > 0 if metric in LARGER_IS_BETTER else high < 0
