import OrderedStore

/// The tables of a persistent index.
enum StoredTable {
  /// Configuration, counts and the numbers of the codes, as text.
  static let meta = "meta"
  /// One value: nlist × d floats.
  static let centroids = "centroids"
  /// Codebooks, rotation and the means that vectors are coded about.
  static let codebooks = "codebooks"
  /// Chunks of ids, sequences and codes; see `PostingLayout`.
  static let postings = "postings"
  /// Id → list and row.
  static let assignments = "assignments"
  /// Chunks of vectors, where they are kept.
  static let vectors = "vectors"
  /// Id → metadata, for vectors that have any.
  static let metadata = "metadata"
  /// Cluster id → what a cluster of a tree is; see `StoredCluster`.
  static let clusters = "clusters"
  /// List → vectors that are not coded yet; see `StoredBuffer`.
  static let buffers = "buffers"
}

/// Where a persistent index is, for errors.
struct StorePlace {
  let path: String

  func corrupted(_ table: String, _ detail: String) -> StoreError {
    StoreError(operation: "read the index", table: table, path: path, reason: .corrupted(detail))
  }

  var readOnly: StoreError {
    StoreError(operation: "change the index", table: nil, path: path, reason: .readOnly)
  }
}

/// Does something with a store, whose errors are then those of an index.
func storing<Result>(_ body: () throws(StoreError) -> Result) throws(IndexError) -> Result {
  do throws(StoreError) { return try body() } catch { throw .storage(error) }
}
