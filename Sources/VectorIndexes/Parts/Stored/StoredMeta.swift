import OrderedStore
import VectorCore

/// The values of the table `meta`, each stored as text under its name.
struct StoredMeta {
  private let reader: any StoreReader
  private let place: StorePlace

  init(_ reader: any StoreReader, place: StorePlace) {
    self.reader = reader
    self.place = place
  }

  /// The text of a name; `nil` if it is not stored.
  func text(_ name: String) throws(StoreError) -> String? {
    guard let bytes = try reader.value(for: Array(name.utf8), in: StoredTable.meta) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value of a name, which must be stored.
  func value<Value: LosslessStringConvertible>(_ name: String) throws(StoreError) -> Value {
    guard let value = try text(name).flatMap(Value.init) else { throw place.corrupted(StoredTable.meta, name) }
    return value
  }

  /// The count stored under a name; an implausibly large number means that the table is damaged.
  func count(_ name: String, atLeast least: Int = 0) throws(StoreError) -> Int {
    let count: Int = try value(name)
    guard least...1 << 62 ~= count else { throw place.corrupted(StoredTable.meta, "\(name) = \(count)") }
    return count
  }

  func metric(_ name: String) throws(StoreError) -> Metric {
    guard let metric = Metric(rawValue: try value(name)) else { throw place.corrupted(StoredTable.meta, name) }
    return metric
  }

  static func put(_ value: some LosslessStringConvertible, _ name: String, in transaction: any StoreTransaction)
    throws(StoreError)
  {
    try transaction.put(Array(String(value).utf8), for: Array(name.utf8), in: StoredTable.meta)
  }
}
