"""`python -m tests.attack`: attacks on the product, each of which must fail. Without options all of them."""

import argparse
import ast
import subprocess
import sys
import time

from tests.chaos.scratch import CHECKOUT

# Each is a module that is run by itself: it may set Django up on a database of its own
PARTS = {
    "enumeration": "tests.attack.enumeration",
    "races": "tests.attack.races",
    "imports": "tests.attack.imports",
    "api": "tests.attack.api",
    "crawl": "tests.attack.crawl",
    "map": "tests.attack.map",
    "counts": "tests.attack.counts",
    "canary": "tests.attack.canary",
}


def _first_sentence(module: str) -> str:
    """Of the text at its head: what is attacked."""
    text = ast.get_docstring(ast.parse((CHECKOUT / (module.replace(".", "/") + ".py")).read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--only", default="", help=f"parts, by comma: {', '.join(PARTS)}")
    parser.add_argument("--short", action="store_true", help="each in the form that CI runs")
    asked = parser.parse_args()
    chosen = asked.only.split(",") if asked.only else list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    failed = []
    for name in chosen:
        began = time.monotonic()
        print(f"--- {name}: {_first_sentence(PARTS[name])}", flush=True)
        words = [sys.executable, "-m", PARTS[name], *(["--short"] if asked.short else [])]
        if subprocess.run(words, check=False).returncode:
            failed.append(name)
        print(f"    {time.monotonic() - began:.0f} s", flush=True)
    print(f"FAILED: {', '.join(failed)}" if failed else "all held")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
