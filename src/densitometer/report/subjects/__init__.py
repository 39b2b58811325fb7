"""A page for each subject, to be printed for the patient."""
