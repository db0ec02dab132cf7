"""What is trained, the one training loop, and those who watch it."""
