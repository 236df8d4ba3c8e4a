"""What backends behind an API share: retries and pace, bytes that are not believed, and what replies say."""
