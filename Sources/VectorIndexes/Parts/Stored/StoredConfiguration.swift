import OrderedStore
import VectorCore
import VectorSearch

/// The configuration of an index in a file: everything that training needs, and that must not differ at the next
/// opening.
struct StoredConfiguration<Configuration: ParameterSet> {
  let dimension: Int
  let metric: Metric
  let seed: UInt64
  /// The parameters as text, with the values that the index chose.
  private let settings: [String: String]

  init(dimension: Int, metric: Metric, seed: UInt64, _ configuration: Configuration) {
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    settings = configuration.settings
  }

  /// Reads the stored configuration; `nil` for a store without an index.
  init?(_ meta: StoredMeta) throws(StoreError) {
    guard try meta.text(Self.dimensionName) != nil else { return nil }
    dimension = try meta.value(Self.dimensionName)
    metric = try meta.metric(Self.metricName)
    seed = try meta.value(Self.seedName)
    var settings: [String: String] = [:]
    for field in Configuration.fields { settings[field.name] = try meta.value(field.name) }
    self.settings = settings
  }

  private static var dimensionName: String { "dimension" }
  private static var metricName: String { "metric" }
  private static var seedName: String { "seed" }

  /// The configuration as typed values.
  ///
  /// - Throws: `IndexError.invalidParameter` for an invalid configuration.
  func configuration(kind: String) throws(IndexError) -> Configuration {
    Configuration(try Parameters(settings, declared: Configuration.declarations, kind: kind))
  }

  private func write(to transaction: any StoreTransaction) throws(StoreError) {
    for entry in entries { try StoredMeta.put(entry.value, entry.name, in: transaction) }
  }

  /// What is in a store; `nil` in one without an index.
  private static func find(
    in store: any OrderedStore, _ place: StorePlace
  ) throws(IndexError) -> StoredConfiguration? {
    try storing { () throws(StoreError) in try StoredConfiguration(StoredMeta(store.snapshot(), place: place)) }
  }

  /// What is in a store.
  ///
  /// - Throws: `IndexError.storage`, also where there is no index.
  static func read(in store: any OrderedStore, _ place: StorePlace) throws(IndexError) -> StoredConfiguration {
    guard let stored = try find(in: store, place) else {
      throw .storage(place.corrupted(StoredTable.meta, "no configuration"))
    }
    return stored
  }

  /// Checks that the index in a store is of this configuration, or makes an empty one where there is none.
  ///
  /// - Parameter writeContents: writes what an empty index has beside its configuration.
  /// - Throws: `IndexError.storedOtherwise` for the first field that differs, or `.storage`.
  func checkOrMake(
    in store: any OrderedStore, _ place: StorePlace,
    writeContents: (any StoreTransaction) throws(StoreError) -> Void
  ) throws(IndexError) {
    if let stored = try Self.find(in: store, place) {
      for (old, new) in zip(stored.entries, entries) where old.value != new.value {
        throw .storedOtherwise(path: place.path, field: old.name, stored: old.value, asked: new.value)
      }
      return
    }
    try storing { () throws(StoreError) in
      try store.write { transaction throws(StoreError) in
        try write(to: transaction)
        try writeContents(transaction)
      }
    }
  }

  private var entries: [(name: String, value: String)] {
    [(Self.dimensionName, String(dimension)), (Self.metricName, metric.rawValue), (Self.seedName, String(seed))]
      + Configuration.fields.map { ($0.name, settings[$0.name] ?? "") }
  }
}
