"""Convolution: as a matrix product, by Winograd, channel by channel, and fused with what stands behind it."""
