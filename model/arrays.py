"""The numpy arrays that everything passes on, by what they hold."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
# Positions in a short list, such as segments or decisions, and in an array.
CodeArray = npt.NDArray[np.int8]
PositionArray = npt.NDArray[np.intp]
# Texts or exact amounts, and None where there is none.
ObjectArray = npt.NDArray[np.object_]
