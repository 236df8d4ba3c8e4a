"""Replies for half the price, within a day: what was submitted, by whom, and what came of it."""
