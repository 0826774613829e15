"""What every layer may use: errors, digests, units, places. Standard library only."""
