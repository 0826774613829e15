"""What people read: tables, cards and pages. Pure functions from data to text; they look at nothing else."""
