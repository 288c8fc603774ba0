"""From a shop's order lines to the ranked list: read, clean, score and decide. Brings pandas and DuckDB."""

from typing import TYPE_CHECKING

from app.rankings.answers import Ranking
from app.rankings.lines import read_lines
from app.rankings.options import RankingOptions
from app.rankings.problems import shop_problem
from app.rankings.unpacking import unpacked
from app.rankings.uploads import Upload
from model.columns import parse_columns
from model.errors import TransactionsError
from model.memory import LEAST_BYTES, half_of_memory
from model.ranking import rank_customers, ranking_notes, score_base
from model.reading import ReadingOptions
from model.scoring import HistoryScorer, Scorer, SummaryScorer
from model.transactions import OrderLines, clean_transactions, open_frame, open_orders

if TYPE_CHECKING:
    from app.rankings.service import RankingService

# Order lines pack to a tenth or so.
UNPACKED_TIMES = 10
# Of DuckDB, for one shop; what a large one needs beyond that lies on disk meanwhile.
MOST_MEMORY_BYTES, DISK_LIMIT = 512 * 1000**2, "4GB"


def rank_shop(service: "RankingService", shop: Upload | bytes, options: RankingOptions) -> Ranking:
    """Every customer with forecast, action, reason and decision, the highest expected spend first.

    Parameters
    ----------
    shop : Upload or bytes
        Order lines as a file, or as a body of JSON.

    Raises
    ------
    ContractBroken, CampaignError
        If the lines cannot be ranked, or an option breaks its rule.
    NoHistoryModel
        If the card describes a model that cannot be loaded.
    """
    scorer, campaign = _scorer(service), options.campaign
    try:
        order_lines = _open(service, shop, reading_options(options).for_model(scorer.card))
        with clean_transactions(order_lines) as transactions:
            as_of = options.as_of or transactions.ends_at
            base = score_base(transactions, scorer, as_of, is_quiet=True)
            warnings = ranking_notes(transactions, base)
            report, currency = transactions.report, transactions.currency or service.settings.currency
    except TransactionsError as error:
        raise shop_problem(error, shop if isinstance(shop, Upload) else None) from error
    return Ranking(
        ranked=rank_customers(base, campaign, service.catalogue, currency),
        report=report,
        columns=order_lines.mapping.columns,
        warnings=warnings,
    )


def reading_options(options: RankingOptions) -> ReadingOptions:
    """How the order lines are to be read."""
    return ReadingOptions(
        columns=parse_columns(options.columns or ""),
        date_order=options.date_order,
        decimal=options.decimal,
        sheets=(options.sheet,) if options.sheet is not None else (),
        memory_limit=f"{_engine_bytes()}B",
        disk_limit=DISK_LIMIT,
        shows_progress=False,
    )


def _engine_bytes() -> int:
    """A quarter of the memory, for the libraries and the answer take as much; the rest goes through the disk."""
    return min(MOST_MEMORY_BYTES, max(half_of_memory() // 2, LEAST_BYTES))


def _open(service: "RankingService", shop: Upload | bytes, reading: ReadingOptions) -> OrderLines:
    """The lines with their columns mapped; raises TransactionsError, and ContractBroken."""
    if isinstance(shop, Upload):
        return open_orders(unpacked(shop, service.settings.max_upload_bytes * UNPACKED_TIMES).path, reading)
    return open_frame(read_lines(shop), reading)


def _scorer(service: "RankingService") -> Scorer:
    if service.predictor.card.history is None:
        return SummaryScorer(service.predictor)
    return HistoryScorer(service.history.loaded().artifact)
