import OrderedStore
import VectorCore

/// One cluster of a tree in the table `clusters`; the key is its id, big-endian.
///
///     slot: UInt32 | children: UInt32 | population: Int64 | raisedLimit: Int64 | waitsForRoom: UInt64
///     | greatestSum: Float64 | ids of the children: children × UInt64 | sums: d × Float64
///
/// Centroids, heights and parents are computed from these values.
struct StoredCluster {
  private static let headBytes = 40

  let cluster: Cluster
  let children: [UInt64]

  /// Stores a cluster under its id.
  static func write(_ cluster: Cluster, to transaction: any StoreTransaction) throws(StoreError) {
    let children = cluster.children.map(\.id)
    try transaction.put(
      byteCount: headBytes + 8 * (children.count + cluster.dimension), for: PostingLayout.key(ofID: cluster.id),
      in: StoredTable.clusters, appending: false
    ) { bytes in
      bytes.storeBytes(of: UInt32(cluster.slot), as: UInt32.self)
      bytes.storeBytes(of: UInt32(children.count), toByteOffset: 4, as: UInt32.self)
      bytes.storeBytes(of: Int64(cluster.population), toByteOffset: 8, as: Int64.self)
      bytes.storeBytes(of: Int64(cluster.raisedLimit), toByteOffset: 16, as: Int64.self)
      bytes.storeBytes(of: cluster.waitsForRoom ? 1 : 0, toByteOffset: 24, as: UInt64.self)
      bytes.storeBytes(of: cluster.greatestSum, toByteOffset: 32, as: Double.self)
      let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[headBytes...])
      children.withUnsafeBytes { rest.copyMemory(from: $0) }
      cluster.sums.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: rest[(8 * children.count)...]).copyMemory(from: $0)
      }
    }
  }

  /// Reads the cluster with this id.
  init(_ id: UInt64, of reader: any StoreReader, dimension: Int, place: StorePlace) throws(StoreError) {
    guard let bytes = try reader.value(for: PostingLayout.key(ofID: id), in: StoredTable.clusters),
      bytes.count >= Self.headBytes
    else { throw Self.corrupted(id, place) }
    func number<Number: BitwiseCopyable>(_ type: Number.Type, at offset: Int) -> Number {
      bytes.loadUnaligned(fromByteOffset: offset, as: type)
    }
    let (slot, count) = (Int(number(UInt32.self, at: 0)), Int(number(UInt32.self, at: 4)))
    let (population, raisedLimit) = (number(Int64.self, at: 8), number(Int64.self, at: 16))
    guard bytes.count == Self.headBytes + 8 * (count + dimension), population >= 0, raisedLimit >= 0 else {
      throw Self.corrupted(id, place)
    }
    children = (0..<count).map { number(UInt64.self, at: Self.headBytes + 8 * $0) }
    let sums = (0..<dimension).map { number(Double.self, at: Self.headBytes + 8 * (count + $0)) }
    cluster = Cluster(
      id: id, slot: slot, population: Int(population), sums: sums, greatestSum: number(Double.self, at: 32),
      raisedLimit: Int(raisedLimit), waitsForRoom: number(UInt64.self, at: 24) != 0)
  }

  /// Reads the root and all clusters below it.
  ///
  /// - Throws: `corrupted` if no tree with these limits can have these clusters, or if a stored cluster is not in the
  ///   tree.
  static func readTree(
    _ contents: FractalContents, of reader: any StoreReader, limits: ClusterTree.Limits, dimension: Int, metric: Metric,
    place: StorePlace
  ) throws(StoreError) -> Cluster {
    var slots: Set<Int> = []
    func read(_ id: UInt64, depth: Int) throws(StoreError) -> Cluster {
      let stored = try StoredCluster(id, of: reader, dimension: dimension, place: place)
      let cluster = stored.cluster
      // A new slot is used only when all others are taken, so slots cannot exceed the number of ids. A cluster that is
      // met twice would be below itself or have two parents.
      guard id < contents.nextCluster, cluster.slot > Cluster.outlierSlot, cluster.slot <= contents.nextCluster,
        slots.insert(cluster.slot).inserted, depth <= limits.maxDepth, stored.children.count <= limits.maxChildren,
        cluster.sums.allSatisfy(\.isFinite), cluster.greatestSum.isFinite
      else { throw corrupted(id, place) }
      var (children, population): ([Cluster], Int) = ([], 0)
      for child in stored.children {
        children.append(try read(child, depth: depth + 1))
        // Numbers from a file may be wrong, so the addition is checked for overflow.
        let (sum, isTooLarge) = population.addingReportingOverflow(children[children.count - 1].population)
        guard !isTooLarge else { throw corrupted(id, place) }
        population = sum
      }
      if !children.isEmpty {
        guard population == cluster.population else { throw corrupted(id, place) }
        cluster.adopt(children, metric: metric)
      }
      cluster.isChanged = false
      return cluster
    }
    let root = try read(contents.root, depth: 1)
    guard slots.count == contents.clusters.count else {
      throw place.corrupted(StoredTable.clusters, "\(contents.clusters.count) clusters, \(slots.count) in the tree")
    }
    return root
  }

  private static func corrupted(_ id: UInt64, _ place: StorePlace) -> StoreError {
    place.corrupted(StoredTable.clusters, "cluster \(id)")
  }
}
