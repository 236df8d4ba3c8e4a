"""Submissions of writers: runs of downstream benchmarks with the raw replies that every figure is made of again."""
