import OrderedStore

/// The names of the tables of a persistent index.
enum StoredTable {
  /// Configuration, counts and the parameters of the codes, as text.
  static let meta = "meta"
  /// One value: nlist × d floats.
  static let centroids = "centroids"
  /// Codebooks, rotation, and the points relative to which vectors are encoded.
  static let codebooks = "codebooks"
  /// Chunks of ids, sequences and codes; see `PostingLayout`.
  static let postings = "postings"
  /// The place of each vector by id: list and row.
  static let assignments = "assignments"
  /// Chunks of vectors, if they are stored.
  static let vectors = "vectors"
  /// The metadata of each vector that has any, by id.
  static let metadata = "metadata"
  /// The clusters of a tree by cluster id; see `StoredCluster`.
  static let clusters = "clusters"
  /// The vectors of each list that are not encoded yet; see `StoredBuffer`.
  static let buffers = "buffers"
}

/// The location of a persistent index, for error messages.
struct StorePlace {
  let path: String

  func corrupted(_ table: String, _ detail: String) -> StoreError {
    StoreError(operation: "read the index", table: table, path: path, reason: .corrupted(detail))
  }

  var readOnly: StoreError {
    StoreError(operation: "change the index", table: nil, path: path, reason: .readOnly)
  }
}

/// Runs `body` and turns its store errors into index errors.
func storing<Result>(_ body: () throws(StoreError) -> Result) throws(IndexError) -> Result {
  do throws(StoreError) { return try body() } catch { throw .storage(error) }
}
