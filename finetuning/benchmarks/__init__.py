"""Benchmarks: data, its labels, and how a prediction on it is scored; every version immutable."""
