"""What a person looks at: the overlay of each photograph and the HTML report of a batch."""
