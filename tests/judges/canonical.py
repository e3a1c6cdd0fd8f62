"""securesystemslib's canonical form of every document in a file.

Usage: canonical.py FILE

FILE holds one JSON string for each line: the text of a document. Prints one line for each, the
canonical form in hexadecimal digits, or "refused".
"""

import json
import pathlib
import sys

from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical


def canonical(text: str) -> str:
    try:
        return encode_canonical(json.loads(text)).encode().hex()
    except FormatError:
        return "refused"


def main() -> int:
    lines = pathlib.Path(sys.argv[1]).read_text(encoding="ascii").splitlines()
    print("\n".join(canonical(json.loads(line)) for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
