"""Reward models: what they learn from, and what TRL's RewardTrainer lacks for them."""
