"""python3 tools/apigen --document api/openapi.yaml --out DIR --client DIR --python DIR: writes C++ and Python below
folders."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from apigen import cpp, python  # noqa: E402
from apigen.document import DocumentError, load  # noqa: E402
from apigen.model import build  # noqa: E402
from apigen.output import write_all  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="apigen", description=__doc__)
    parser.add_argument("--document", type=pathlib.Path, required=True, help="the OpenAPI document")
    parser.add_argument("--out", type=pathlib.Path, help="the folder to write C++ to")
    parser.add_argument("--client", type=pathlib.Path, help="the folder to write the C++ of callers to")
    parser.add_argument("--python", type=pathlib.Path, help="the folder of the package mere_sdk to write to")
    options = parser.parse_args()
    if not options.out and not options.client and not options.python:
        parser.error("one of --out, --client and --python is needed")
    try:
        document = load(options.document)
        model = build(document)
        if options.out:
            write_all(options.out, cpp.emit(model, document))
        if options.client:
            write_all(options.client, cpp.client.emit(model))
        if options.python:
            write_all(options.python, python.emit(model, document))
    except (DocumentError, OSError) as error:
        print(f"apigen: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
