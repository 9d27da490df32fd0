from django.contrib.postgres.fields import ArrayField
from django.db import models


class NeighbourList(models.Model):
    """邻居偏好 of one place and category: the models worth naming, best first. Published by table swap.

    ``place_id`` is a community's id, or minus the id of its district's or city's region, or 0 for the whole
    country. A place has a row only where at least 5 households stand behind one of its models: everywhere
    else its list is that of the place above, which is stored once and read instead. So neither a row nor its
    content tells of a model that fewer than 5 households bought.

    The arrays are parallel, at most 12 models. ``levels`` says where at least 5 households stand behind the
    model: 0 community, 1 district, 2 city, 3 country; the lowest such level. ``households`` and ``weights``
    hold four figures a model, one for each of these levels in this order: distinct households, and the sum
    of their recency weights as of ``as_of``; both are 0 at a level with fewer than 5 households and below
    the row's own level. ``totals`` are the weights of all models at each level. The share of a model is
    weight / total in the country and from there down (weight + k * share above) / (total + k), with k =
    ``shrink``; so a reader can take the own household out at every level (members/sql/neighbours.sql).
    """

    pk = models.CompositePrimaryKey("place_id", "category")
    place_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    as_of = models.DateField()
    half_life_years = models.FloatField()
    shrink = models.FloatField()
    totals = ArrayField(models.FloatField(), size=4)
    products = ArrayField(models.BigIntegerField())
    levels = ArrayField(models.SmallIntegerField())
    households = ArrayField(ArrayField(models.IntegerField(), size=4))
    weights = ArrayField(ArrayField(models.FloatField(), size=4))
