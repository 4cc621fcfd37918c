// The protocols that the indexes conform to, so that importing VectorIndexes is enough.
@_exported import VectorSearch
