"""Need levels, the one place where the score is cut into them."""

# The lowest score, of 0 to 100, of level 1 (weak), 2 (fair), 3 (fairly strong), 4 (strong).
LEVEL_FROM = (15, 35, 55, 75)
# From this level on a member counts as a potential buyer.
POTENTIAL_BUYER_FROM = 3
# A portrait names at most so many reasons, the strongest.
REASONS_KEPT = 4
# The rules that hold travel as bits of one bigint through the scoring, so so many may apply to one category.
RULES_PER_CATEGORY = 63
