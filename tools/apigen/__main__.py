"""python3 tools/apigen --document api/openapi.yaml --out DIR: writes the generated C++ below DIR."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from apigen import cpp  # noqa: E402
from apigen.document import DocumentError, load  # noqa: E402
from apigen.model import build  # noqa: E402
from apigen.output import write_all  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="apigen", description=__doc__)
    parser.add_argument("--document", type=pathlib.Path, required=True, help="the OpenAPI document")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write to")
    options = parser.parse_args()
    try:
        document = load(options.document)
        write_all(options.out, cpp.emit(build(document), document))
    except (DocumentError, OSError) as error:
        print(f"apigen: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
