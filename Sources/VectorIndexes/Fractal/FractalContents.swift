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
    var clusters: Set<UInt64> = []
    let cursor = try reader.cursor(in: StoredTable.clusters)
    while let key = try cursor.nextKey() {
      guard let id = PostingLayout.id(ofKey: key) else { throw place.corrupted(StoredTable.clusters, "a key") }
      clusters.insert(id)
    }
    self.clusters = clusters
  }

  /// Writes everything except the clusters.
  func write(to transaction: any StoreTransaction) throws(StoreError) {
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
