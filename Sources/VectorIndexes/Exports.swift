// The protocols that the indexes conform to: whoever imports the indexes can use them.
@_exported import VectorSearch
