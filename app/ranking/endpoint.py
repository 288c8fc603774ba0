"""From a shop's order lines to the ranked list: receive, read, score and decide in a thread, answer piece by piece."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from app.customers import require_known
from app.errors import BodyTooSlow, UnsupportedMediaType
from app.exchange import Answer, Exchange
from app.formats import accepted_format
from app.ranking.answers import RankingAnswer
from app.ranking.lines import read_shop
from app.ranking.options import RankingOptions, read_options
from app.ranking.problems import shop_problem
from app.ranking.unpacking import unpacked
from app.ranking.uploads import FORM, Upload, receive_file
from app.service import Service
from model.errors import TransactionsError
from model.memory import temporary_folder
from model.ranking import rank_customers, ranking_notes, score_base
from model.reading import ReadingOptions
from model.scoring import HistoryScorer, Scorer, SummaryScorer
from model.transactions import OrderLines, clean_transactions, open_frame, open_orders

JSON = "application/json"
# Who sends slowly keeps others from being ranked; 100 MB within this are 2.8 Mbit/s.
RECEIVING_SECONDS = 300
# Order lines pack to a tenth or so.
UNPACKED_TIMES = 10


@dataclass(frozen=True)
class Shop:
    """A shop's order lines as they came: a file on disk, or a JSON body."""

    upload: Upload | None = None
    body: bytes = b""
    most_bytes: int = 0

    def open(self, reading: ReadingOptions) -> OrderLines:
        """The lines with their columns mapped; raises TransactionsError, and ContractBroken for a JSON body."""
        if self.upload is not None:
            return open_orders(unpacked(self.upload, self.most_bytes).path, reading)
        return open_frame(read_shop(self.body), reading)


async def rank(exchange: Exchange) -> Answer:
    """Every customer with forecast, action, reason and decision, the highest expected spend first."""
    require_known(exchange)
    media_type = (exchange.header(b"content-type") or "").partition(";")[0].strip().lower()
    if media_type not in (JSON, FORM):
        raise UnsupportedMediaType(exchange.header(b"content-type"), f"{FORM} or {JSON}")
    answer_format = accepted_format(exchange.header(b"accept"))
    options = read_options(exchange.query(), answer_format, has_file=media_type == FORM)
    service = exchange.service
    with temporary_folder() as folder:
        try:
            async with asyncio.timeout(RECEIVING_SECONDS):
                shop = await _receive(exchange, service, Path(folder), media_type)
        except TimeoutError:
            raise BodyTooSlow(RECEIVING_SECONDS) from None
        ranked = await asyncio.to_thread(rank_shop, service, shop, options)
    return Answer(ranked.pieces(answer_format, options.preset), content_type=answer_format.content_type)


async def _receive(exchange: Exchange, service: Service, folder: Path, media_type: str) -> Shop:
    if media_type == JSON:
        return Shop(body=await exchange.body(service.settings.max_shop_body_bytes))
    limit = service.settings.max_upload_bytes
    return Shop(await receive_file(exchange, folder, limit), most_bytes=limit * UNPACKED_TIMES)


def rank_shop(service: Service, shop: Shop, options: RankingOptions) -> RankingAnswer:
    """The whole work of one answer; raises ContractBroken where the lines cannot be ranked, and NoHistoryModel."""
    scorer = _scorer(service)
    try:
        order_lines = shop.open(options.reading.for_model(scorer.card))
        with clean_transactions(order_lines) as transactions:
            as_of = options.as_of or transactions.ends_at
            base = score_base(transactions, scorer, as_of, is_quiet=True)
            notes = ranking_notes(transactions, base)
            report = transactions.report
    except TransactionsError as error:
        raise shop_problem(error, shop.upload) from error
    currency = service.settings.currency
    ranked = rank_customers(base, options.campaign, service.insights.catalogue, currency)
    return RankingAnswer(
        ranked=ranked,
        currency=currency,
        report=report,
        columns=order_lines.mapping.columns,
        warnings=notes,
    )


def _scorer(service: Service) -> Scorer:
    """The model of whole histories where there is one, else the one of six numbers."""
    if service.predictor.card.history is None:
        return SummaryScorer(service.predictor)
    return HistoryScorer(service.histories.loaded().model, service.predictor.card)
