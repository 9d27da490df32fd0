"""The demo town: an invented city with planted structure.

What its needs, neighbours and coverage must come out as is known beforehand (planted.py), so tests check it.
"""
