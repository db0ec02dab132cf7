"""Measurements that anyone can repeat: `python -m benchmarks.speed` compares training steps with other frameworks."""
