import argparse
import os
import sys
from collections.abc import Callable

from tests.bench import database, servers
from tests.bench.table import Figure, as_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000, help="people in the town (default 1000000)")
    parser.add_argument("--short", action="store_true", help="few rounds: does it run, not how fast")
    parser.add_argument("--fresh", action="store_true", help="build the database anew")
    parser.add_argument("--report-only", action="store_true", help="exit 0 also when a bar is missed")
    parser.add_argument(
        "--only",
        default="",
        help="names of parts, by comma: look-up, tiles, neighbours, import, stats, audience, messages",
    )
    asked = parser.parse_args()
    try:
        figures = run(asked)
    except database.BenchFailed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(f"\n{asked.members:,} members, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end\n")
    print(as_table(figures))
    missed = [figure.what for figure in figures if figure.is_over]
    if missed:
        print(f"\n{len(missed)} of {sum(f.bar is not None for f in figures)} bars missed: {'; '.join(missed)}")
    return 1 if missed and not asked.report_only else 0


def run(asked: argparse.Namespace) -> list[Figure]:
    """All figures of one run. Raises BenchFailed."""
    demo_url = database.url_of_demo()
    with servers.Redis() as redis:
        os.environ |= {
            "DATABASE_URL": database.url_of_bench(demo_url, "salesapp-bench-client"),
            "REDIS_URL": redis.url,
            "DEMO": "1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "salesapp.settings",
        }
        chosen = asked.only.split(",") if asked.only else []
        needs_alone = bool(chosen) and set(chosen) <= {"audience", "messages"}
        database.prepare(demo_url, members=asked.members, fresh=asked.fresh, needs_alone=needs_alone)

        import django

        django.setup()
        from tests.bench import cases

        with servers.WebServer(
            database_url=database.url_of_bench(demo_url, servers.WEB, user="salesapp_web"), demo_url=demo_url
        ) as web:
            bench = cases.Bench(web=web, redis=redis, members=asked.members, rounds=3 if asked.short else 9)
            parts: dict[str, Callable[[], list[Figure]]] = {
                "look-up": bench.look_up,
                "tiles": bench.tiles,
                "neighbours": bench.neighbours,
                "import": bench.member_import,
                "stats": bench.statistics,
                "audience": bench.audience,
                "messages": bench.messages,
            }
            figures: list[Figure] = []
            for name in chosen or parts:
                if name not in parts:
                    raise database.BenchFailed(f"no part is called {name}; there are {', '.join(parts)}")
                print(f"measuring: {name}", flush=True)
                figures += parts[name]()
    return figures


if __name__ == "__main__":
    sys.exit(main())
