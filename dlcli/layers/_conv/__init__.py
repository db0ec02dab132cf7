"""What the convolution layers share."""
