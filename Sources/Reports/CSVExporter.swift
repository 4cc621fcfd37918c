/// Writes measurements as CSV.
