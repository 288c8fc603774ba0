from tests.support import ROOT
from training.features_table import features_table


def test_the_committed_table_is_the_definition():
    assert (ROOT / "docs" / "features.md").read_text() == features_table()
