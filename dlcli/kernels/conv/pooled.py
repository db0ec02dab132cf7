"""Winograd's convolution with the 2 x 2 max pooling behind it: what the pooling takes away is never written to a
picture."""

import numpy as np

from dlcli.kernels.conv.winograd import Winograd


class PooledWinograd(Winograd):
    """As Winograd, for whole tiles; y: (rows, out / 2, out / 2, filters).

    A tile's 4 x 4 outputs lie in 16 planes, so neighbours are compared plane by plane: first across, then down; the
    first of equal ones wins, as in PyTorch. won: which of two it was. `forward` and `backward` only.
    """

    @property
    def kept(self) -> int:
        return 12 * self.down * self.across * self.filters

    def _outputs(self, t, a, b, y, chunk):
        self._products(a, chunk)
        count = self._count(chunk) * self.filters
        M, planes = a["M"][:36 * count], a["planes"][:28 * count].reshape(7, 4, count)
        np.matmul(t.A, M.reshape(6, 6, count), out=planes[:6])
        kind = t.A if b is None else t.biased_A
        if b is not None:
            planes[6].reshape(-1, self.filters)[...] = b
        outputs = M[:16 * count].reshape(4, 4, count)
        np.matmul(kind, planes[:kind.shape[1]].reshape(-1, 4 * count), out=outputs.reshape(4, -1))
        across, down = self._winners(a["won"], chunk, count)
        halves = a["planes"][:8 * count].reshape(2, 4, count)
        np.greater_equal(outputs[0::2], outputs[1::2], across)
        np.maximum(outputs[0::2], outputs[1::2], out=halves)
        largest = M[:4 * count].reshape(2, 2, count)
        np.greater_equal(halves[:, 0::2], halves[:, 1::2], down)
        np.maximum(halves[:, 0::2], halves[:, 1::2], out=largest)
        np.copyto(self._pooled(y, chunk), self._places(largest, (2, 2, *self._shape(chunk)), self.filters))

    def _output_gradients(self, t, a, dy, chunk):
        count = self._count(chunk) * self.filters
        M = a["M"][:36 * count]
        largest, halves = M[:4 * count].reshape(2, 2, count), a["planes"][:8 * count].reshape(2, 4, count)
        np.copyto(self._places(largest, (2, 2, *self._shape(chunk)), self.filters), self._pooled(dy, chunk))
        across, down = self._winners(a["won"], chunk, count)
        np.multiply(largest, down, halves[:, 0::2])
        np.subtract(largest, halves[:, 0::2], halves[:, 1::2])
        outputs = M[:16 * count].reshape(4, 4, count)
        np.multiply(halves, across, outputs[0::2])
        np.subtract(halves, outputs[0::2], outputs[1::2])
        planes = a["planes"][:24 * count].reshape(6, 4, count)
        np.matmul(t.back_A, outputs.reshape(4, -1), out=planes.reshape(6, -1))
        np.matmul(t.back_A, planes, out=M.reshape(6, 6, count))

    def _count(self, chunk: tuple) -> int:
        """Tiles of a chunk."""
        return (chunk[1] - chunk[0]) * (chunk[3] - chunk[2]) * self.across

    def _shape(self, chunk: tuple) -> tuple:
        return chunk[1] - chunk[0], chunk[3] - chunk[2], self.across

    def _winners(self, won, chunk: tuple, count: int) -> tuple:
        """Whether the left one of two is the larger, and then the upper one."""
        first, last, top, bottom = chunk
        size = self.kept // self.down
        flat = won.reshape(-1)[(first * self.down + top) * size:][:12 * count]
        return flat[:8 * count].reshape(2, 4, count), flat[8 * count:].reshape(2, 2, count)

    def _pooled(self, y, chunk: tuple):
        """The places of pooled pictures, tile by tile: (2 across, 2 down, pictures, lines, tiles)."""
        first, last, top, bottom = chunk
        place = self.filters * y.itemsize
        row = 2 * self.across * place
        return np.ndarray((2, 2, *self._shape(chunk)), f"V{place}", y, (first * self.down + top) * 2 * row,
                          (place, row, self.down * 2 * row, 2 * row, 2 * place))
