"""`python -m tests.bench`: one table of measured figures, ratios beside times, bars judged.

Every figure stands beside a floor taken in the same run on the same machine: only the ratio travels. A run with
any refused request or without any request fails, because both make everything look fast.
"""
