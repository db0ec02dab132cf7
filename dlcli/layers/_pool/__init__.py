"""What the pooling layers share."""
