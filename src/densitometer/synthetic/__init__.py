"""Rendered scalp photographs whose every hair is known."""
