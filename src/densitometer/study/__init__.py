"""A study: the photographs of a results folder in order, with subject, site, visit, replicate, arm and baseline."""
