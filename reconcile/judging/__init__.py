"""What the paper proves, what is wrong, and what may not be said."""
