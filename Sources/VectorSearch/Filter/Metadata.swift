/// One typed value of a vector's metadata.
public enum MetadataValue: Sendable, Hashable {
  case integer(Int64)
  case real(Double)
  case text(String)
  case boolean(Bool)
}

/// The metadata of one vector: values by field name, which filters read.
public typealias Metadata = [String: MetadataValue]
