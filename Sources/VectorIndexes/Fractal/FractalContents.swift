import OrderedStore

/// What the table `meta` stores about a fractal index, besides its configuration, and the ids of its clusters.
struct FractalContents {
  let count: Int
  let nextSequence: UInt64
  /// The id of the root of the tree.
  let root: UInt64
  let nextCluster: UInt64
  /// How often the codebooks have been trained; 0 before the first training.
  let trainings: Int
  let clusters: Set<UInt64>
  /// What searches for a recall go by.
  let margins: FittedMargins
  /// The running mean of the coding errors since the last training, and the number of vectors in that mean.
  private let runningError: Double
  private let coded: Int
  /// The squared distance beyond which vectors are outliers, the number of vectors when it was computed, and the number
  /// of insertions since then.
  private let outlierRadius: Float
  private let outlierCount: Int
  private let outlierInsertions: Int

  private static let countName = "count"
  private static let sequenceName = "next_sequence"
  private static let rootName = "root"
  private static let clusterName = "next_cluster"
  private static let trainingsName = "trainings"
  private static let errorName = "running_error"
  private static let codedName = "coded"
  private static let outlierRadiusName = "outlier_squared_radius"
  private static let outlierCountName = "outlier_fitted_count"
  private static let outlierInsertionsName = "outlier_insertions"
  private static let marginsKey: [UInt8] = [253]
  private static let marginCountName = "margin_fitted_count"
  private static let marginChangesName = "margin_changes"

  init(of index: FractalCore) {
    count = index.count
    nextSequence = index.store.nextSequence
    root = index.tree.root.id
    nextCluster = index.tree.nextID
    trainings = index.trainings
    clusters = Set(index.tree.clusters.compactMap { $0?.id })
    runningError = index.codingError?.running ?? 0
    coded = index.codingError?.coded ?? 0
    outlierRadius = index.outliers.limit.squaredRadius
    outlierCount = index.outliers.count
    outlierInsertions = index.outliers.insertions
    margins = index.margins
  }

  init(_ reader: any StoreReader, place: StorePlace) throws(StoreError) {
    let meta = StoredMeta(reader, place: place)
    count = try meta.count(Self.countName)
    nextSequence = try meta.value(Self.sequenceName)
    root = try meta.value(Self.rootName)
    nextCluster = try meta.value(Self.clusterName)
    trainings = try meta.count(Self.trainingsName)
    runningError = try meta.value(Self.errorName)
    coded = try meta.count(Self.codedName)
    outlierRadius = try meta.value(Self.outlierRadiusName)
    outlierCount = try meta.count(Self.outlierCountName)
    outlierInsertions = try meta.count(Self.outlierInsertionsName)
    margins = try Self.margins(reader, meta, place)
    var clusters: Set<UInt64> = []
    let cursor = try reader.cursor(in: StoredTable.clusters)
    while let key = try cursor.nextKey() {
      guard let id = PostingLayout.id(ofKey: key) else { throw place.corrupted(StoredTable.clusters, "a key") }
      clusters.insert(id)
    }
    self.clusters = clusters
  }

  /// The stored margins; a file of version 0.1 has none, and its index measures them when they are due.
  private static func margins(
    _ reader: any StoreReader, _ meta: StoredMeta, _ place: StorePlace
  ) throws(StoreError) -> FittedMargins {
    guard try meta.text(marginCountName) != nil else { return .unmeasured }
    return FittedMargins(
      margins: try StoredMargins.read(reader, marginsKey, in: StoredTable.codebooks, place),
      count: try meta.count(marginCountName), changes: try meta.count(marginChangesName))
  }

  /// Writes everything except the clusters.
  ///
  /// - Parameter old: the contents of the last commit; `nil` if nothing was committed yet.
  func write(since old: FractalContents?, to transaction: any StoreTransaction) throws(StoreError) {
    try StoredMeta.put(count, Self.countName, in: transaction)
    try StoredMeta.put(nextSequence, Self.sequenceName, in: transaction)
    try StoredMeta.put(root, Self.rootName, in: transaction)
    try StoredMeta.put(nextCluster, Self.clusterName, in: transaction)
    try StoredMeta.put(trainings, Self.trainingsName, in: transaction)
    try StoredMeta.put(runningError, Self.errorName, in: transaction)
    try StoredMeta.put(coded, Self.codedName, in: transaction)
    try StoredMeta.put(outlierRadius, Self.outlierRadiusName, in: transaction)
    try StoredMeta.put(outlierCount, Self.outlierCountName, in: transaction)
    try StoredMeta.put(outlierInsertions, Self.outlierInsertionsName, in: transaction)
    // A training clears the table of the margins.
    if trainings != old?.trainings || margins.margins != old?.margins.margins {
      try StoredMargins.write(margins.margins, Self.marginsKey, in: StoredTable.codebooks, to: transaction)
    }
    try StoredMeta.put(margins.count, Self.marginCountName, in: transaction)
    try StoredMeta.put(margins.changes, Self.marginChangesName, in: transaction)
  }

  /// - Parameter center: the point from which the distance of outliers is measured.
  func outliers(around center: [Float]) -> FittedOutliers {
    FittedOutliers(
      limit: OutlierLimit(center: center, squaredRadius: outlierRadius), count: outlierCount,
      insertions: outlierInsertions)
  }

  func codingError(of coder: ProductCoder) -> CodingError {
    CodingError(trained: coder.reconstructionError, running: runningError, coded: coded)
  }
}
