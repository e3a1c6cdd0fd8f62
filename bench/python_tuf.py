"""python-tuf, over files: refreshes from FOLDER, finds PATH, says what that cost.

Usage: python_tuf.py FOLDER PATH
"""

import json
import pathlib
import resource
import sys
import tempfile
import time

from tuf.ngclient import FetcherInterface, Updater
from tuf.ngclient.config import UpdaterConfig

NAMES = ("1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")


class Files(FetcherInterface):
    """Answers from a folder; whatever is not there is absent."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def _fetch(self, url: str):
        from tuf.api.exceptions import DownloadHTTPError

        path = self.folder / url.rsplit("/", 1)[1]
        if not path.is_file():
            raise DownloadHTTPError("absent", 404)
        yield path.read_bytes()


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    metadata = pathlib.Path(sys.argv[1]) / "metadata"
    before, start = peak(), time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        updater = Updater(
            metadata_dir=scratch,
            metadata_base_url="file:///metadata/",
            fetcher=Files(metadata),
            config=UpdaterConfig(targets_max_length=1 << 40),
            bootstrap=(metadata / "1.root.json").read_bytes(),
        )
        updater.refresh()
        assert updater.get_targetinfo(sys.argv[2]) is not None
    size = (metadata / "1.targets.json").stat().st_size
    cost = {
        "cpu_seconds": time.process_time() - start,
        "bytes_above_input": max(0, peak() - before - size),
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
