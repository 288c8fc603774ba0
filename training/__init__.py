"""Learning: windows, labels, fitting, backtest, report; ``fit_shop`` fits the history artifact of a shop in place."""

from training.shop import fit_shop

__all__ = ["fit_shop"]
