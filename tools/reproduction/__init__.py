"""What `tools/reproduce` does."""
