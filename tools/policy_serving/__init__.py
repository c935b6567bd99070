"""A policy server that speaks openpi's protocol, for everyone without a GPU, and for tests."""
