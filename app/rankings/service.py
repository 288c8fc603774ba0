"""Ranked lists of whole shops."""

from dataclasses import dataclass

from app.metrics import Metrics
from app.rankings.answers import Ranking
from app.rankings.options import RankingOptions
from app.rankings.progress import Progress
from app.rankings.uploads import Upload
from app.settings import Settings
from model.prediction.model_set import ModelSet
from model.ranking.actions import Catalogue


@dataclass(frozen=True)
class RankingService:
    """Ranks the customers of a shop by the model of whole histories, or by six numbers where there is none."""

    settings: Settings
    models: ModelSet
    catalogue: Catalogue
    metrics: Metrics

    def rank(self, shop: Upload | bytes, options: RankingOptions, progress: Progress) -> Ranking:
        """Every customer with forecast, action, reason and decision; see ``app.rankings.pipeline``, also for errors."""
        from app.rankings.pipeline import rank_shop  # noqa: PLC0415 - brings pandas and DuckDB

        return rank_shop(shop, options, progress, self.settings, self.models, self.catalogue, self.metrics)
