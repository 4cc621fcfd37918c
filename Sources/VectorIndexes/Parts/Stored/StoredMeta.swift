import OrderedStore
import VectorCore

/// What the `meta` table says: each thing as text under its name.
struct StoredMeta {
  private let reader: any StoreReader
  private let place: StorePlace

  init(_ reader: any StoreReader, place: StorePlace) {
    self.reader = reader
    self.place = place
  }

  /// The text of a name; nil where there is none.
  func text(_ name: String) throws(StoreError) -> String? {
    guard let bytes = try reader.value(for: Array(name.utf8), in: StoredTable.meta) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value of a name that must be there.
  func value<Value: LosslessStringConvertible>(_ name: String) throws(StoreError) -> Value {
    guard let value = try text(name).flatMap(Value.init) else { throw place.corrupted(StoredTable.meta, name) }
    return value
  }

  /// The number of things that a name stands for: as many as can be counted up to for a long time, else it is damaged.
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

/// What an index is: all that training it again would need, and that must not differ when it is opened again.
struct StoredConfiguration {
  static let dimensionName = "dimension"
  static let metricName = "metric"
  static let seedName = "seed"
  let dimension: Int
  let metric: Metric
  let seed: UInt64
  /// As typed, with what 0 stands for filled in.
  let parameters: [String: String]
  /// The names of the parameters, in the order of their declarations. Where an index is stored is no matter of what it is.
  private let names: [String]

  /// - Parameters:
  ///   - declared: the build parameters of this kind of index.
  ///   - resolved: what is stored in place of values that stand for others.
  init(
    dimension: Int, metric: Metric, seed: UInt64, parameters: Parameters, declared: [ParameterDeclaration],
    resolved: [String: String]
  ) {
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    let settings = Dictionary(uniqueKeysWithValues: parameters.entries.map { ($0.name, $0.value.description) })
    self.parameters = settings.merging(resolved) { _, resolved in resolved }
    names = Self.names(declared)
  }

  /// What is stored; nil in a store without an index.
  init?(_ meta: StoredMeta, declared: [ParameterDeclaration]) throws(StoreError) {
    guard try meta.text(Self.dimensionName) != nil else { return nil }
    dimension = try meta.value(Self.dimensionName)
    metric = try meta.metric(Self.metricName)
    seed = try meta.value(Self.seedName)
    var parameters: [String: String] = [:]
    names = Self.names(declared)
    for name in names { parameters[name] = try meta.value(name) }
    self.parameters = parameters
  }

  private static func names(_ declared: [ParameterDeclaration]) -> [String] {
    declared.map(\.name).filter { $0 != StorageChoice.name }
  }

  func write(to transaction: any StoreTransaction) throws(StoreError) {
    for field in fields { try StoredMeta.put(field.value, field.name, in: transaction) }
  }

  /// Refuses another configuration than this, which is stored at a path.
  ///
  /// - Throws: `IndexError.storedOtherwise` for the first field that differs.
  func check(asked: StoredConfiguration, path: String) throws(IndexError) {
    for (stored, asked) in zip(fields, asked.fields) where stored.value != asked.value {
      throw .storedOtherwise(path: path, field: stored.name, stored: stored.value, asked: asked.value)
    }
  }

  private var fields: [(name: String, value: String)] {
    [(Self.dimensionName, String(dimension)), (Self.metricName, metric.rawValue), (Self.seedName, String(seed))]
      + names.map { ($0, parameters[$0] ?? "") }
  }
}
