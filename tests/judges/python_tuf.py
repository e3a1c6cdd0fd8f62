"""python-tuf reads a repository of ours: bootstrap from a pinned root, refresh, download.

Usage: python_tuf.py ROOT METADATA_URL TARGETS_URL MEMORY [TARGET ...]

What was accepted stays in the folder MEMORY, for the next time. Prints one JSON object: the versions it trusts, and the SHA-256 of every target it
downloaded. Ends with 1 and the exception's name on standard error when anything is refused.
"""

import argparse
import hashlib
import json
import pathlib
import sys
import tempfile

from tuf.ngclient import Updater


def walk(args: argparse.Namespace) -> dict:
    """One client from its pinned root to the last target."""
    metadata = args.memory / "metadata"
    digests = {}
    with tempfile.TemporaryDirectory() as targets:
        updater = Updater(
            metadata_dir=str(metadata),
            metadata_base_url=args.metadata_url,
            target_dir=targets,
            target_base_url=args.targets_url,
            bootstrap=pathlib.Path(args.root).read_bytes(),
        )
        updater.refresh()
        for name in args.target:
            info = updater.get_targetinfo(name)
            if info is None:
                raise LookupError(name)
            content = pathlib.Path(updater.download_target(info)).read_bytes()
            digests[name] = hashlib.sha256(content).hexdigest()
    versions = {}
    for path in sorted(metadata.glob("*.json")):
        versions[path.stem] = json.loads(path.read_bytes())["signed"]["version"]
    return {"targets": digests, "versions": versions}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("metadata_url")
    parser.add_argument("targets_url")
    parser.add_argument("memory", type=pathlib.Path)
    parser.add_argument("target", nargs="*")
    args = parser.parse_args()
    try:
        print(json.dumps(walk(args), sort_keys=True))
    except Exception as error:  # every refusal is a verdict here
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
