"""Formats of data files, each read strictly and within bounds: CSV, .npy and .npz, IDX, gzip, .zip."""
