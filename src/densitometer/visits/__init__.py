"""Visits: which photograph shows whom, where and when."""
