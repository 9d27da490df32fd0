"""What the phone's pages may cost, measured in the browser: ``python -m tests.budgets``.

A town of 50,000 communities in a database of its own, the product's own web server with its compressed files, and
Debian's Chromium as a phone: 390 × 844 at 2 ×, the page's thread slowed 4 ×, behind a line of 9 Mbit/s down and
4.5 up with 60 ms there and back (tests/budgets/line.py), everything cold. Prints a table with its bars and exits 1
when one is missed.

What to keep in mind of the figures: there is no graphics card here, so WebGL is drawn by the CPU (SwiftShader), in
another process that Chromium does not slow; the map's worker is not slowed either. The server has the machine's speed.
"""
