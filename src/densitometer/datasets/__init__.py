"""Data sets of a study for other systems: tidy tables, SDTM, ADaM, REDCap, FHIR; written from a results folder."""
