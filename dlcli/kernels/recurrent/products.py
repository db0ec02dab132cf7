"""The products that all cells share: gates first, so that each is contiguous, and as few as can be.

W (inputs, gates * units) is cut into (gates, inputs, units). A sequence lies as (steps, rows, ...), gates as (gates,
steps, rows, units): one product for the inputs of all steps before the loop, one for the weights' gradients after it.
"""

import numpy as np

from dlcli.kernels.recurrent.ends import Ends


def by_gate(weights: np.ndarray, out: np.ndarray) -> None:
    """(..., gates * units) to (gates, ..., units)."""
    gates, units = len(out), out.shape[-1]
    np.copyto(out, np.moveaxis(weights.reshape(*weights.shape[:-1], gates, units), -2, 0))


def side_by_side(parts: np.ndarray, out: np.ndarray) -> None:
    """(gates, ..., units) to (..., gates * units)."""
    np.copyto(np.moveaxis(out.reshape(*out.shape[:-1], len(parts), parts.shape[-1]), -2, 0), parts)


def transposed(weights: np.ndarray, out: np.ndarray) -> None:
    """(inputs, gates * units) to (gates, units, inputs), contiguous: small products with a transposed matrix are
    slow."""
    gates = len(out)
    np.copyto(out, weights.reshape(len(weights), gates, -1).transpose(1, 2, 0))


def inputs(x: np.ndarray, w: np.ndarray, b: np.ndarray, z: np.ndarray) -> None:
    """z[g, t] = x[t] W[g] + b[g] for all steps. x (steps, rows, inputs), w (gates, inputs, units), b (gates, units)."""
    steps, rows, width = x.shape
    np.matmul(x.reshape(steps * rows, width), w, z.reshape(len(w), steps * rows, -1))
    np.add(z, b[:, None, None], z)


def weights(x: np.ndarray, dz: np.ndarray, out: np.ndarray) -> None:
    """out[g] = sum over steps and rows of x^T dz[g]. x (real, inputs), dz (gates, real, units)."""
    np.matmul(x.T, dz, out)


def biases(dz: np.ndarray, out: np.ndarray) -> None:
    """out[g] = sum over steps and rows of dz[g]. dz (gates, real, units)."""
    np.add.reduce(dz, 1, None, out)


def input_gradient(dz: np.ndarray, w: np.ndarray, work: np.ndarray, dx: np.ndarray, ends: Ends) -> None:
    """dx (steps, rows, inputs) = sum over gates of dz[g] W[g]^T, zero behind the rows' ends. dz (gates, real, units);
    w: `transposed`; work: memory like
    dx."""
    flat, more = (a.reshape(-1, a.shape[-1])[:ends.real] for a in (dx, work))
    total, part = (flat, more) if ends.order is None else (more, flat)
    np.matmul(dz[0], w[0], total)
    for gate in range(1, len(dz)):
        np.matmul(dz[gate], w[gate], part)
        np.add(total, part, total)
    if ends.order is not None:
        ends.unpack(total, dx)


def sigmoid(z: np.ndarray) -> None:
    """In place, as (1 + tanh(z / 2)) / 2: cheaper than the exponential, and exact for any z."""
    np.multiply(z, 0.5, z)
    np.tanh(z, z)
    np.multiply(z, 0.5, z)
    np.add(z, 0.5, z)
