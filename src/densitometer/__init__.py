"""Measure hair from scalp photographs."""
