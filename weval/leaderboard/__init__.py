"""The leaderboard: what others have published, beside what can be recomputed from raw scores."""
