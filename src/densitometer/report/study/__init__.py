"""The part of the report on a study as a whole: what came of its photographs, its numbers over time, its devices."""
