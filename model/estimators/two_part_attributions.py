"""From parts on the log scale to parts in money, by one rule, without a rest.

Log odds and log spend if buying are sums of parts, exactly. A probability is no sum: its logarithm moves from the
typical customer's to this one's, and that way is shared out in proportion to the parts of the log odds. So
ln(forecast / base) is a sum of one term per input, and money follows by the logarithmic mean,
see ``model.estimators.attributions.from_log_terms``.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.estimators.attributions import Reasons, from_log_terms
from model.estimators.special_functions import log_expit

FloatArray = NDArray[np.float64]


def two_part_reasons(
    names: Sequence[str],
    values: FloatArray,
    *,
    odds: tuple[float, FloatArray],
    spend: tuple[float, FloatArray],
) -> Reasons:
    """What moved one customer's expected spend from that of a typical one.

    Parameters
    ----------
    names, values : of length n_inputs
        An input's name, and the customer's own value.
    odds, spend : tuples of float and array of shape (n_inputs,)
        Log odds, and log spend if buying, of the typical customer; and what each input adds.
    """
    (odds_base, odds_parts), (spend_base, spend_parts) = odds, spend
    way = float(odds_parts.sum())
    start, end = float(log_expit(odds_base)), float(log_expit(odds_base + way))
    slope = (end - start) / way if abs(way) > 1e-9 else 1.0 - np.exp(start)
    base, forecast = np.exp(start + spend_base), np.exp(end + spend_base + spend_parts.sum())
    return from_log_terms(float(base), float(forecast), names, slope * odds_parts + spend_parts, values)
