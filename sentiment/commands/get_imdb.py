"""Download the IMDb archive, verify it, and print its path."""

import argparse
from pathlib import Path

from tqdm import tqdm

from sentiment.data.imdb_download import ARCHIVE_MD5, ARCHIVE_URL, download, usual_directory


def main() -> int:
    """Parse the arguments, download, print the path."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=usual_directory(), help="directory for it (default: %(default)s)"
    )
    parser.add_argument("--url", default=ARCHIVE_URL, help="another URL to download from (default: %(default)s)")
    parser.add_argument(
        "--md5", default=ARCHIVE_MD5, help="its expected MD5, for an archive that is packed differently"
    )
    arguments = parser.parse_args()
    with tqdm(unit="B", unit_scale=True, unit_divisor=1024) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        archive = download(arguments.output, show, url=arguments.url, md5=arguments.md5)
    print(archive)
    return 0
