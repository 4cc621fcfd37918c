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

  func write(to transaction: any StoreTransaction) throws(StoreError) {
    for entry in entries { try StoredMeta.put(entry.value, entry.name, in: transaction) }
  }

  /// Refuses another configuration than this one, which is stored at `path`.
  ///
  /// - Throws: `IndexError.storedOtherwise` for the first field that differs.
  func check(asked: StoredConfiguration, path: String) throws(IndexError) {
    for (stored, asked) in zip(entries, asked.entries) where stored.value != asked.value {
      throw .storedOtherwise(path: path, field: stored.name, stored: stored.value, asked: asked.value)
    }
  }

  private var entries: [(name: String, value: String)] {
    [(Self.dimensionName, String(dimension)), (Self.metricName, metric.rawValue), (Self.seedName, String(seed))]
      + Configuration.fields.map { ($0.name, settings[$0.name] ?? "") }
  }
}
