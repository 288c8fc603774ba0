"""Which column plays which role, by the names that shops and systems give them."""

import pytest

from model.errors import TransactionsError
from model.orders.columns import map_columns


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("trx_id,cust_no,trx_dt,item_cd,qty,tot_amt", "invoice customer_id ordered_at product quantity line_total"),
        ("N° client,N° de commande,Date de commande,Montant total", "customer_id invoice ordered_at line_total"),
        ("Código de cliente,Número de pedido,Fecha de pedido,Importe", "customer_id invoice ordered_at line_total"),
        ("Order Number,Order Date,Email (Billing),Order Total Amount", "invoice ordered_at customer_id line_total"),
        ("date_created,order_number,customer_id,customer,net_sales", "ordered_at invoice customer_id - line_total"),
        ("Sale Date,Buyer,Buyer User ID,Order Total", "ordered_at - customer_id line_total"),
        ("customer_id,customer_unique_id,date,amount_eur", "- customer_id ordered_at line_total"),
        ("Name,Email,Created at,Lineitem price,qty", "invoice customer_id ordered_at unit_price quantity"),
        ("amazon-order-id,date,item-price,qty,buyer-email", "invoice ordered_at line_total quantity customer_id"),
    ],
)
def test_names_of_other_systems_are_known(header: str, roles: str):
    """Shortened, in brackets, in other languages; an id stands before a person's name."""
    names = header.split(",")

    expected = {role: name for role, name in zip(roles.split(), names, strict=True) if role != "-"}
    assert map_columns(names, {}) == expected


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("Customer ID,Date,Total,E-Mail,Name", "customer_id ordered_at line_total email name"),
        ("Kundennummer,Datum,Betrag,E-Mail-Adresse,Kundenname", "customer_id ordered_at line_total email name"),
        ("Numéro client,Date achat,Montant,Courriel,Nom complet", "customer_id ordered_at line_total email name"),
        ("ID cliente,Fecha,Importe,Correo electrónico,Nombre", "customer_id ordered_at line_total email name"),
        ("Klantnummer,Besteldatum,Bedrag,E-mailadres,Klantnaam", "customer_id ordered_at line_total email name"),
        ("Email,Date,Total,Name", "customer_id ordered_at line_total name"),
        ("customer_id,date,total,name", "customer_id ordered_at line_total -"),
        ("cust,date,total,sku,Product name", "- ordered_at line_total product product_name"),
        ("Name,Email,Created at,Lineitem price,qty,Billing Name,Lineitem name,Lineitem sku",
         "invoice customer_id ordered_at unit_price quantity name product_name product"),
        ("customer_id,date,total,email,customer_email", "customer_id ordered_at line_total email -"),
    ],
)  # fmt: skip
def test_what_is_told_of_customers_is_found_beside_the_id_that_groups(header: str, roles: str):
    """In the languages that orders are read in; a bare name beside no address may be a product's."""
    names = header.split(",")
    chosen = {"customer_id": "cust"} if "cust" in names else {}

    expected = {role: name for role, name in zip(roles.split(), names, strict=True) if role != "-"} | chosen
    assert map_columns(names, chosen) == expected


def test_a_column_of_names_alone_is_the_product_and_its_name():
    columns = map_columns(["customer_id", "date", "total", "Product name"], {})

    assert columns["product"] == columns["product_name"] == "Product name"


def test_a_chosen_column_is_found_in_any_spelling():
    chosen = {"customer_id": "cust", "ordered_at": "when", "line_total": "3"}

    columns = map_columns(["CUST", "When", "Paid"], chosen)
    assert columns == {"customer_id": "CUST", "ordered_at": "When", "line_total": "Paid"}


def test_the_advice_of_a_refusal_can_be_pasted_into_a_shell():
    with pytest.raises(TransactionsError, match="say --columns 'line_total=Unit price'"):
        map_columns(["customer", "date", "Unit price"], {})


def test_an_export_without_money_is_refused_with_what_is_missing():
    with pytest.raises(TransactionsError, match=r"line_total=COLUMN; without amounts of money there is no spend"):
        map_columns(["order_id", "user_id", "date", "product_id"], {})
