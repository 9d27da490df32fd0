"""Constants of the neighbour preference, chosen on data; see docs of ``manage.py evaluate_neighbours``.

Chosen on /vehicles/ of the shared data (47,931 cars of 1,992 census tracts, one make left out, validation
part of the training rows, six splits): hit@3 was flat in the half-life from 8 years up (0.546 without any
decay and with 8 years, 0.542 with 5, 0.540 with 3) and rose with ``SHRINK`` up to about 80 (0.541 with 5, 0.546
with 80). A random split cannot reward recency; predicting the next two model years from the years before,
8 years did no worse than no decay in three of four cuts and better in two.
"""

# A purchase weighs half as much after so many years.
HALF_LIFE_YEARS = 8.0
# The place above weighs as much as so many purchases of today.
SHRINK = 80.0
# A list keeps so many models.
MODELS_KEPT = 12
