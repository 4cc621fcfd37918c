/// Which vectors a search may return, decided on their metadata before any distance is computed.
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
