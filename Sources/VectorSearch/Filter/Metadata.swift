/// One typed value of a vector's metadata.
public enum MetadataValue: Sendable, Hashable {
  case integer(Int64)
  case real(Double)
  case text(String)
  case boolean(Bool)
}

/// What is stored beside a vector, by field name, for filters.
public typealias Metadata = [String: MetadataValue]
