"""The leaderboard as a folder of pages, made from raw scores."""

from weval.leaderboard.site.build import Built, build_site

__all__ = ["Built", "build_site"]
