"""Retraining elsewhere: another processor adds up in another order, and only so far may its answers differ."""

import math

# As if this processor were one of 2008: what numpy and OpenBLAS choose by the processor, they choose otherwise.
ANOTHER_PROCESSOR = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL X86_V4 X86_V3"}

# Of amounts, of shares and ranks between 0 and 1, and of a bias in percentage points.
RELATIVE, OF_SHARES, OF_BIAS = 5e-3, 3e-3, 0.1
# Forests and boosted trees split elsewhere where two splits are nearly as good; they are compared, and never served.
TREES, OF_TREES = frozenset({"random_forest", "xgboost", "boosted_hurdle"}), 10
# Of the card: what models answer and how they are judged. Parameters of a flat likelihood may lie anywhere on it.
COMPARED = ("evaluation", "segments", "guardrails", "linear", "intervals", "totals", "history")
OF_ITS_OWN = frozenset({"sha256"})


def assert_cards_alike(there: dict, here: dict) -> None:
    """Two trainings, as their cards, agree in all but the last digits."""
    for name in COMPARED:
        assert_alike(there[name], here[name], name)


def assert_alike(there: object, here: object, place: str, times: float = 1) -> None:
    """Two parts of JSON agree within ``times`` the tolerances."""
    if isinstance(here, dict) and isinstance(there, dict):
        assert there.keys() == here.keys(), place
        for key in here.keys() - OF_ITS_OWN:
            assert_alike(there[key], here[key], f"{place}/{key}", OF_TREES if key in TREES else times)
    elif isinstance(here, list) and isinstance(there, list):
        assert len(there) == len(here), place
        for index, (theirs, ours) in enumerate(zip(there, here, strict=True)):
            assert_alike(theirs, ours, f"{place}/{index}", times)
    elif isinstance(here, float) and isinstance(there, float):
        near = OF_BIAS if place.endswith("bias_pct") else OF_SHARES
        assert math.isclose(there, here, rel_tol=times * RELATIVE, abs_tol=times * near), (
            f"{place}: {there}, not {here}"
        )
    else:
        assert there == here, place
