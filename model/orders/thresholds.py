"""From when on something in an export stands out: every number of the data checks, with why."""

# A column that tells a state has few different values; free text has many.
MOST_STATES = 60
# Rows that are looked at first; what they show is counted in all rows then.
SAMPLE_ROWS = 1000
# Below this share of the money, a value that nobody knows moves no total that anybody would notice.
SMALL_SHARE = 0.01
# A column that is blank on more lines than this loses its role to one that is filled: a half is no longer the rule.
NEARLY_BLANK = 0.5
FILLED = 0.9
# Guests beside customers are told where another column names them; one in twenty is more than a slip.
GUEST_SHARE = 0.05
# Of ids that count from 0, a 0 with three times the lines of any other is no person.
GUEST_TIMES = 3
# Dates are far from all others beyond a gap of half a year that is also three times the longest other gap, where they
# are a handful of lines: a shop that closes for a season reopens with more.
FAR_DAYS = 180
FAR_TIMES = 3
# From three weeks on they are told, and count.
NEAR_DAYS = 21
HANDFUL = 5
HANDFUL_SHARE = 0.001
BODY_TIMES = 20
# Orders of several lines in which every amount stands twice or more are rare, but where totals were copied or a table
# was joined: then nearly every order is so, and each has a total of its own. A few odd orders change neither.
REPEATING_ROWS = 20_000
REPEATING_ORDERS = 8
REPEATING_SHARE = 0.5
REPEATING_AMOUNTS = 0.5
# Lines that differ in no used column, but in another: an export has a few, a join with payments many.
NEAR_DUPLICATE_SHARE = 0.01
# One id: from a twentieth of all orders on it is worth a look, from a fifth on hardly one person. Below thirty
# customers somebody always stands out.
LARGE_ID_SHARE = 0.05
LONE_SHARE = 0.2
LEAST_CUSTOMERS = 30
# Equal lines are told from this share of the lines on, where no invoice, line number or time of day tells them apart.
EQUAL_SHARE = 0.02
MOSTLY_EQUAL = 0.3
# A total beside the amounts agrees where it differs by less than half a percent, which rounding explains.
TOTALS_AGREE = 0.005
# A discount is proven where a total in the file equals the amount less the discount, in nine orders of ten.
PROVEN_SHARE = 0.9
