"""The matrices of Winograd's convolution F(4, 3): four outputs of a kernel of three from six products instead of
twelve.

y = A ((G w) * (B x)) for six inputs x, three weights w and four outputs y (Winograd 1980; Lavin and Gray 2016; by the
method of Cook and Toom over the points of POINTS and infinity).
"""

import numpy as np

POINTS = (0.0, 0.6875, -0.6875, 1.5, -1.5)
"""Where polynomials are multiplied: the rounding error is half of that with the customary 0, 1, -1, 2, -2, its largest
a fifth."""


def matrices() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """B (6, 6), G (6, 3) and A (4, 6) in float64."""
    others = [[q for q in POINTS if q != p] for p in POINTS]
    B = np.zeros((6, 6))
    for row, roots in zip(B, others):
        row[:5] = np.poly(roots)[::-1]
    B[5] = np.poly(POINTS)[::-1]
    scale = np.array([np.prod([p - q for q in rest]) for p, rest in zip(POINTS, others)])
    powers = np.vander(POINTS, 4, increasing=True)
    G, A = np.zeros((6, 3)), np.zeros((4, 6))
    G[:5], G[5, 2] = powers[:, :3] / scale[:, None], 1
    A[:, :5], A[3, 5] = powers.T, 1
    return B, G, A
