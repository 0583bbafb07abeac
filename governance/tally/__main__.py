"""`python -m governance.tally CASE.json`: count a file, print the outcome and its record."""

import argparse
import json
import sys
from pathlib import Path

from governance.tally.errors import TallyError
from governance.tally.files import counted


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m governance.tally", description=__doc__)
    parser.add_argument("case", type=Path, help="a JSON file of rule, options and ballots")
    try:
        outcome = counted(parser.parse_args(argv).case)
    except TallyError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    text = json.dumps(outcome.as_json(), indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.buffer.write(text.encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
