"""SDTM and ADaM: what the data sets hold, and the forms in which they are written."""
