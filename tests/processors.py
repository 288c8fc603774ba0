"""Retraining elsewhere: another processor adds up in another order, and only so far may its results differ."""

import math

# As if this processor were one of 2008: what numpy and OpenBLAS choose by the processor, they choose otherwise.
ANOTHER_PROCESSOR = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL X86_V4 X86_V3"}

# Of a number, and of one near nothing. Forests and boosted trees split elsewhere where two splits are nearly as good.
RELATIVE, ABSOLUTE = 1e-4, 1e-5
OF_TREES = 0.02
TREES = frozenset({"random_forest", "xgboost", "boosted_hurdle"})
# These tell which training it was.
OF_ITS_OWN = frozenset({"model_version", "model_sha256", "trained_at", "sha256"})


def assert_alike(there: object, here: object, place: str = "", relative: float = RELATIVE) -> None:
    """Two trainings, as JSON, agree in all but the last digits."""
    if isinstance(here, dict) and isinstance(there, dict):
        assert there.keys() == here.keys(), place
        for key, value in here.items():
            if key not in OF_ITS_OWN:
                assert_alike(there[key], value, f"{place}/{key}", OF_TREES if key in TREES else relative)
    elif isinstance(here, list) and isinstance(there, list):
        assert len(there) == len(here), place
        for index, (theirs, ours) in enumerate(zip(there, here, strict=True)):
            assert_alike(theirs, ours, f"{place}/{index}", relative)
    elif isinstance(here, float) and isinstance(there, float):
        near = OF_TREES / 10 if relative == OF_TREES else ABSOLUTE
        assert math.isclose(there, here, rel_tol=relative, abs_tol=near), f"{place}: {there} is not {here}"
    else:
        assert there == here, place
