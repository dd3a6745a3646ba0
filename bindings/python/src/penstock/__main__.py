"""``python -m penstock``: what is installed, and what it costs to cross into it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from penstock._bench import Cost, costs, table
from penstock._errors import PenstockError
from penstock._info import information
from penstock._tables import text_list


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m penstock", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    info = commands.add_parser(
        "info", help="versions, machine, capacity, instruction set"
    )
    bench = commands.add_parser(
        "bench", help="what calls, spans and messages cost here"
    )
    bench.add_argument(
        "--seconds", type=float, default=0.2, help="for each line (default: 0.2)"
    )
    for command in (info, bench):
        command.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    try:
        if options.command == "info":
            _info(options.json)
        else:
            if not options.seconds > 0:
                bench.error("--seconds must be above 0")
            _bench(options.seconds, options.json)
    except PenstockError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _info(as_json: bool) -> None:
    found = information()
    print(json.dumps(found, indent=2) if as_json else text_list(list(found.items())))


def _bench(seconds: float, as_json: bool) -> None:
    made: list[Cost] = []
    for cost in costs(seconds):
        made.append(cost)
        if as_json:
            print(json.dumps(cost.line()), flush=True)
    if not as_json:
        print(table(made))


if __name__ == "__main__":
    sys.exit(main())
