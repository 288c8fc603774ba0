"""From a shop's order lines to the ranked list: read, clean, score and decide. Brings pandas and DuckDB."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from app.bodies import parse_body
from app.metrics import Metrics
from app.rankings.answers import Ranking
from app.rankings.options import RankingOptions
from app.rankings.problems import in_address, shop_problem
from app.rankings.progress import Progress
from app.rankings.schemas import SHOP, ShopCleaning
from app.rankings.uploads import Upload, unpacked
from app.settings import Settings
from model.artifact.history_artifact import HistoryArtifact
from model.engines.memory import LEAST_BYTES, memory_bytes
from model.errors import TransactionsError
from model.orders.columns import parse_columns
from model.orders.options import DECISIONS, ReadingOptions, parse_decision
from model.orders.orders import Transactions, clean_transactions, open_orders
from model.orders.proposals import preview_of, preview_of_source
from model.prediction.model_choice import ModelSource
from model.prediction.model_set import ModelSet
from model.prediction.scorers import HistoryScorer, Scorer, SummaryScorer
from model.ranking.actions import Catalogue
from model.ranking.rank import rank_customers, ranking_warnings, score_base

# Order lines pack to a tenth or so.
UNPACKED_TIMES = 10
# Of DuckDB, for one shop; what a large one needs beyond that lies on disk meanwhile.
MOST_MEMORY_BYTES, DISK_LIMIT = 512 * 1000**2, "4GB"


def rank_shop(
    shop: Upload | bytes,
    options: RankingOptions,
    progress: Progress,
    settings: Settings,
    models: ModelSet,
    catalogue: Catalogue,
    metrics: Metrics,
) -> Ranking:
    """Every customer with forecast, action, reason and decision, the highest expected spend first.

    ``shop`` is a file or a body of JSON; ``progress`` is told what is done, and what it raises ends the work. Raises
    ContractBroken and CampaignError where lines cannot be ranked or an option breaks its rule.
    """
    campaign, card = options.campaign, models.predictor.card
    reading, is_fitted = reading_options(options), options.model.fits(card)
    if isinstance(shop, Upload):
        shop = unpacked(shop, settings.max_upload_bytes * UNPACKED_TIMES)
    preview = None
    try:
        if not is_fitted:
            scorer: Scorer = HistoryScorer(models.history) if models.history else SummaryScorer(models.predictor)
            reading = reading.as_in(scorer.card.data)
            fitted = ModelSource.of(scorer, how="loaded", example=card.example)
        progress("reading")
        order_lines = open_orders(shop.path if isinstance(shop, Upload) else _frame(shop), reading)
        progress("cleaning")
        with clean_transactions(order_lines) as transactions:
            as_of = options.as_of or transactions.ends_at
            if is_fitted:
                scorer = HistoryScorer(_fit(transactions, as_of, progress, metrics))
                fitted = ModelSource.of(scorer, how="fit", example=False)
            progress("ranking")
            base = score_base(transactions, scorer, as_of, is_quiet=True)
            grave = [in_address(str(finding)) for finding in transactions.findings if finding.is_grave]
            warnings = [*grave, *ranking_warnings(transactions, base)]
            if isinstance(shop, Upload):
                preview = preview_of_source(transactions.connection, shop.path)
    except TransactionsError as error:
        if isinstance(shop, Upload):
            raise shop_problem(error, shop, preview_of(shop.path, reading)) from error
        raise shop_problem(error, None) from error
    ranked = rank_customers(base, campaign, catalogue, transactions.currency or settings.currency)
    metrics.predicted(base.customers["customer_segment"])
    told = {"columns": order_lines.columns, "findings": transactions.findings, "file": preview}
    return Ranking(ranked, ShopCleaning.model_validate({**dict(transactions.report), **told}), warnings, fitted)


def _fit(transactions: Transactions, as_of: datetime, progress: Progress, metrics: Metrics) -> HistoryArtifact:
    from training import fit_shop  # noqa: PLC0415 - the one thing of training that is served

    progress("fitting", 0)
    with metrics.fit_seconds.time():
        return fit_shop(transactions, as_of, progress=lambda _, share: progress("fitting", round(share, 4)))


def reading_options(options: RankingOptions) -> ReadingOptions:
    """How the order lines are to be read."""
    decisions: dict[str, Any] = {name: parse_decision(name, getattr(options, name) or "") for name in DECISIONS}
    return ReadingOptions(
        columns=parse_columns(options.columns or ""),
        sheets=(options.sheet,) if options.sheet is not None else (),
        **options.model_dump(include={"date_order", "decimal", "encoding", "returns", "keep_equal_lines"}),
        **decisions,
        # A quarter of the memory, for libraries and answer take as much; the rest goes through the disk.
        memory_limit=f"{min(MOST_MEMORY_BYTES, max(memory_bytes() // 2, LEAST_BYTES))}B",
        disk_limit=DISK_LIMIT,
        shows_progress=False,
    )


def _frame(body: bytes) -> pd.DataFrame:
    """The order lines in a body, with our column names; optional columns only where some line has them."""
    lines = parse_body(SHOP, body).order_lines
    columns: dict[str, Any] = {  # Any: texts, numbers and moments
        "customer_id": pd.array([line.customer_id for line in lines], dtype="string"),
        "quantity": np.array([line.quantity for line in lines], dtype=np.float64),
        "unit_price": pd.array([line.price() for line in lines], dtype="Float64"),
        "ordered_at": np.array([line.ordered_at for line in lines], dtype="datetime64[us]"),
    }
    optional = {name: [getattr(line, name) for line in lines] for name in ("invoice", "product")}
    columns |= {name: pd.array(values, dtype="string") for name, values in optional.items() if any(values)}
    return pd.DataFrame(columns)
