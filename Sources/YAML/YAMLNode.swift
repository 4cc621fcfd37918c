/// Reads YAML documents.
