"""What is said of a trained network: the report, how sure it is, segmentation, saliency."""
