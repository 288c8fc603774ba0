"""The recipe: adds the future (labels, splits, evaluation) to the features of ``model``."""
