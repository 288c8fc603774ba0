from scripts.write_features import features_table
from tests.support import ROOT


def test_the_committed_table_is_the_definition():
    assert (ROOT / "docs" / "features.md").read_text() == features_table()
