/// A condition on metadata that decides, before any distance is computed, which vectors a search may return.
public indirect enum Filter: Sendable, Hashable {
  case equal(String, MetadataValue)
  case notEqual(String, MetadataValue)
  case less(String, MetadataValue)
  case lessOrEqual(String, MetadataValue)
  case greater(String, MetadataValue)
  case greaterOrEqual(String, MetadataValue)
  case isIn(String, [MetadataValue])
  case and([Filter])
  case or([Filter])
  case not(Filter)
}
