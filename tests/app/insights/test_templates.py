"""Numbers that a model wrote out become placeholders where only one fact explains them."""

from app.insights.templates import generalise, is_general
from tests.app.insights.situations import draft, facts


def general(text, action_title="", **numbers):
    return generalise(draft(insight=text), facts(**numbers), action_title).insight


def test_numbers_become_placeholders_and_fill_again_to_the_same_text():
    text = "With 7 orders worth £345.70, the last 4 days ago, there is an 83% chance of another in the next 30 days."
    template = general(text)

    assert template == (
        "With {num_transactions} orders worth {total_spend}, the last {recency_days} days ago, "
        "there is an {purchase_probability_30d} chance of another in the next 30 days."
    )
    assert facts().fill(template) == text


def test_a_text_for_one_customer_is_true_for_the_next():
    template = general("With 7 orders worth £345.70 this customer is likely to come back.")

    assert facts(num_transactions=1.0, total_spend=60.0).fill(template) == (
        "With 1 order worth £60.00 this customer is likely to come back."
    )


def test_a_lie_is_not_repaired():
    assert general("The customer spent $345.70 over 8 orders.") == "The customer spent $345.70 over 8 orders."


def test_a_number_that_two_facts_explain_stays_and_keeps_the_text_out_of_the_cache():
    text = "An average of £49.39 was spent on each order by this customer."
    template = general(text, predicted_future_spend_30d=49.39)

    assert template == text
    assert not is_general(draft(insight=template), "")


def test_of_a_single_order_total_and_average_are_the_same():
    template = general("One order of £60.00 so far.", num_transactions=1.0, total_spend=60.0, avg_spend=60.0)

    assert template == "{num_transactions} order of {total_spend} so far."


def test_numbers_of_the_action_stay():
    action = draft(action="Offer 10% off the next order to this customer.")
    template = generalise(action, facts(purchase_probability_30d=0.10), "Offer 10% off the next order")

    assert template.recommended_action == action.recommended_action
    assert is_general(template, "Offer 10% off the next order")
