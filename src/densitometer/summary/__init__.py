"""Statistics of a study: a :class:`densitometer.study.model.Study` goes in, numbers by arm, site and visit come out."""
