"""Text of a time before Unicode: western languages are read unasked, all others are named first; nothing is garbled."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import TransactionsError
from model.orders.options import ReadingOptions, mapping_toml, read_mapping
from model.orders.orders import read_orders
from model.orders.proposals import preview_of
from model.orders.sources.encodings import OLD_MAC, WESTERN, odd_lines, proposed_encodings, python_encoding

HEADER = "customer_id,order_date,total\n"
CHINESE = "订单编号,买家会员名,买家实际支付金额,订单付款时间\n1,张三,12.50,2024-01-05\n2,李四,22.50,2024-02-05\n"
CHOSEN = {
    "customer_id": "买家会员名",
    "line_total": "买家实际支付金额",
    "ordered_at": "订单付款时间",
    "invoice": "订单编号",
}
# Text, the encodings that its programs wrote, and whether the first proposal is sure to be right.
OTHERS = {
    "Иван Петров\nМария Сидорова\nОльга Кузнецова": ("cp1251", "cp866"),
    "山田太郎、りんごジュース\n鈴木一郎、カレーライス\n高橋みどり、コーヒー豆（深煎り）": ("cp932", "euc_jp"),
    "客戶,日期,金額\n張三,商品\n李四,訂單": ("big5",),
    "고객,날짜,금액\n김철수\n이영희": ("cp949",),
    "Γιώργος Παπαδόπουλος\nΕλένη Νικολάου": ("cp1253",),
    "Łukasz Źródłowski\nMałgorzata Żółć": ("cp1250", "iso8859-2", "cp852"),
    "Dvořák\nJiří Novák\nKateřina Nováková\nTomáš Žák": ("cp1250", "iso8859-2", "cp852"),
    "Szűcs Gergő\nÉva Tóth\nKovács Ödön": ("cp1250",),
    "Şükrü Çağlayan\nIşıl Yıldız": ("cp1254", "cp857"),
    "Žukauskas\nJūratė\nĄžuolas": ("cp1257",),
    "Müller\nGröße\nKäthe": ("cp850", "mac-roman"),
}
WESTERN_TEXTS = (
    "Müller\nGröße", "Renée Éloïse\nÇa Sœur\nL’Oréal – 5 €\nN° 5", "¿Qué? Peña Muñoz\nJosé Núñez 1º 2ª",
    "João Gonçalves nº 5", "Guðrún Þórðardóttir\nSigríður", "Søren Kierkegård\nÆble", "Hämäläinen Mäkelä Åke",
    "£5.00 ½LB BAG\n10µm 5m² ™ ® 3×4 20°C", "12.50 €",
    "Müller\nRenée\nPeña\nGarçon\nSøren\nJoão\nJosé\nFrançois\nGröße\nLæsø",
)  # fmt: skip


def written(tmp_path: Path, content: bytes, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def customers(path: Path, **options: object) -> dict[str, float]:
    with read_orders(path, ReadingOptions(**options)) as transactions:  # type: ignore[arg-type]
        rows = transactions.connection.execute("SELECT customer_id, sum(spend) FROM orders GROUP BY ALL").fetchall()
    return dict(rows)


@pytest.mark.parametrize(("text", "encoding"), [(text, each) for text, several in OTHERS.items() for each in several])
def test_the_encoding_of_another_script_is_proposed_first(text: str, encoding: str):
    assert proposed_encodings(text.encode(encoding).splitlines(), WESTERN)[0] == encoding


@pytest.mark.parametrize("text", WESTERN_TEXTS)
def test_western_languages_are_read_unasked(text: str):
    assert proposed_encodings(odd_lines(text.encode("cp1252").splitlines()), WESTERN) == []


def test_old_macs_of_western_languages_are_read_unasked():
    assert proposed_encodings("Müller\nRenée\nPeña".encode("mac-roman").splitlines(), OLD_MAC) == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from("абвгдежзиклмнопрстуфхцчшщыьэюя"), min_size=4).map("".join))
def test_no_word_of_another_script_is_read_as_western(word: str):
    """Whatever its letters, and however short the file: a name that nobody has must not stand in a list."""
    assert proposed_encodings([word.encode("cp1251")], WESTERN)


def test_a_file_that_is_not_unicode_is_refused_until_its_encoding_is_named(tmp_path: Path):
    path = written(tmp_path, CHINESE.encode("gbk"))

    with pytest.raises(TransactionsError, match=r"not UTF-8, and looks like gb18030, .*订单编号.*--encoding gb18030"):
        customers(path, columns=CHOSEN)
    for name in ("gb18030", "GBK", "gb2312"):
        assert customers(path, columns=CHOSEN, encoding=name) == {"张三": 12.5, "李四": 22.5}
    with pytest.raises(
        TransactionsError, match=r"--encoding shift_jis: there is no such|--encoding cp932 does not fit"
    ):
        customers(path, columns=CHOSEN, encoding="shift_jis")
    with pytest.raises(TransactionsError, match="--encoding nonsense: there is no such encoding"):
        customers(path, columns=CHOSEN, encoding="nonsense")


def test_the_letters_that_tell_may_stand_far_below(tmp_path: Path):
    line = "A,2024-01-05,10.00\n"
    path = written(tmp_path, (HEADER + line * 20_000 + line.replace("A", "Иван Петров")).encode("cp1251"))

    with pytest.raises(TransactionsError, match="cp1251"):
        customers(path)
    assert set(customers(path, encoding="cp1251")) == {"A", "Иван Петров"}


def test_one_broken_line_makes_no_western_file_of_unicode(tmp_path: Path):
    """Read as cp1252, every other name would be garbled."""
    line = "Zoë,2024-01-05,10.00\n"
    path = written(tmp_path, (HEADER + line * 9).encode() + "Müller,2024-01-05,10.00\n".encode("cp1252"))

    with pytest.raises(TransactionsError, match=r"most of it is UTF-8, and b'M\\xfcller"):
        customers(path)
    assert "Zoë" in customers(path, encoding="utf-8")


def test_the_encoding_is_kept_in_a_mapping_file(tmp_path: Path):
    path = tmp_path / "shop.toml"
    path.write_text(mapping_toml(ReadingOptions(encoding="cp1251")), encoding="utf-8")

    assert read_mapping(path).encoding == "cp1251"


def test_a_workbook_has_no_encoding_to_name(tmp_path: Path):
    path = written(tmp_path, b"PAR1", "orders.parquet")

    with pytest.raises(TransactionsError, match=r"--encoding cp1251: .*is no text file"):
        customers(path, encoding="cp1251")


@pytest.mark.parametrize("name", ["rot13", "hex", "", "x\0y"])
def test_what_is_no_encoding_of_text_is_refused(name: str):
    with pytest.raises(TransactionsError, match="there is no such encoding"):
        python_encoding(name)


def test_the_beginning_is_shown_in_the_likeliest_encoding(tmp_path: Path):
    preview = preview_of(written(tmp_path, CHINESE.encode("gbk")), ReadingOptions())

    assert preview is not None
    assert preview.columns == ["订单编号", "买家会员名", "买家实际支付金额", "订单付款时间"]
    assert preview.preview[0] == ["1", "张三", "12.50", "2024-01-05"]
    assert preview.proposals.encoding[0] == "gb18030"
    assert preview.proposals.columns["line_total"][0] == "买家实际支付金额"
