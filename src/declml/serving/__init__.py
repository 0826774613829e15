"""Keeps what is live equal to the aliases: data plane, replicas, rollout."""
