"""Public data sets that `dlcli datasets get` fetches: where they are, what they are, and their licence."""

from typing import NamedTuple


class Remote(NamedTuple):
    """A file as its publisher offers it: where it is kept below the cache folder, addresses with the same bytes, size,
    sha256."""

    name: str
    urls: tuple[str, ...]
    size: int
    sha256: str


class PublicSet(NamedTuple):
    """files: what the cache folder holds in the end: the fetched files, or what `datasets.CONVERT` makes of them.
    source: how a config reads it, as YAML."""

    name: str
    text: str
    rows: str
    origin: str
    licence: str
    remotes: tuple[Remote, ...]
    files: tuple[str, ...]
    source: str

    @property
    def size(self) -> int:
        """Bytes that are fetched."""
        return sum(remote.size for remote in self.remotes)


def _mnist(name: str, size: int, digest: str) -> Remote:
    # yann.lecun.com refuses downloads since 2024; these two mirrors serve the same bytes
    bases = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
    return Remote(f"mnist/{name}", tuple(base + name for base in bases), size, digest)


# The sizes and hashes of MNIST are those of the files that stood on yann.lecun.com/exdb/mnist, as TensorFlow Datasets
# and others record them; the two of the test files were worked out anew from copies. That of CIFAR-10 is TensorFlow
# Datasets' for the archive whose md5, c32a1d4ab5d03f1284b67883e8d87530, stands on the publisher's page.
SETS = {
    found.name: found
    for found in (
        PublicSet(
            "mnist",
            "handwritten digits, 28x28 grey, 10 classes",
            "60,000 + 10,000",
            "Y. LeCun, C. Cortes and C. Burges, 1998",
            "CC BY-SA 3.0",
            (
                _mnist(
                    "train-images-idx3-ubyte.gz",
                    9_912_422,
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                ),
                _mnist(
                    "train-labels-idx1-ubyte.gz",
                    28_881,
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                ),
                _mnist(
                    "t10k-images-idx3-ubyte.gz",
                    1_648_877,
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                ),
                _mnist(
                    "t10k-labels-idx1-ubyte.gz",
                    4_542,
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ),
            ),
            (
                "mnist/train-images-idx3-ubyte.gz",
                "mnist/train-labels-idx1-ubyte.gz",
                "mnist/t10k-images-idx3-ubyte.gz",
                "mnist/t10k-labels-idx1-ubyte.gz",
            ),
            "idx:\n  images: {train: mnist/train-images-idx3-ubyte.gz, test: mnist/t10k-images-idx3-ubyte.gz}\n"
            "  labels: {train: mnist/train-labels-idx1-ubyte.gz, test: mnist/t10k-labels-idx1-ubyte.gz}\n  layout: "
            "channel",
        ),
        PublicSet(
            "cifar10",
            "small photographs, 32x32 in colour, 10 classes",
            "50,000 + 10,000",
            "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009, "
            "cs.toronto.edu/~kriz/cifar.html",
            "none stated; cite the report",
            (
                Remote(
                    "cifar-10-binary.tar.gz",
                    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
                    170_052_171,
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                ),
            ),
            ("cifar10_train.zip", "cifar10_test.zip"),
            "image_folder: {path: cifar10_train.zip, test: cifar10_test.zip}",
        ),
    )
}
