import VectorCore

/// An index whose vectors and metadata can be read back by their ids.
public protocol ReadableVectorIndex: VectorIndex {
  /// The vector with this id, d floats; `nil` when no vector has this id.
  ///
  /// This is the vector as the index stores it. Under `angular` it has unit length. Where the index stores codes or
  /// shorter numbers instead of vectors, it is the vector decoded from them.
  ///
  /// - Throws: `IndexError` if the file of the index cannot be read.
  func vector(of id: UInt64) throws(IndexError) -> [Float]?

  /// The metadata of this id, empty where none was given; `nil` when no vector has this id.
  ///
  /// - Throws: `IndexError` if the file of the index cannot be read.
  func metadata(of id: UInt64) throws(IndexError) -> Metadata?
}

/// A neighbour with the metadata of its vector.
public struct Hit: Sendable, Equatable {
  public let neighbor: Neighbor
  /// Empty where none was given.
  public let metadata: Metadata

  public init(neighbor: Neighbor, metadata: Metadata) {
    self.neighbor = neighbor
    self.metadata = metadata
  }
}

extension ReadableVectorIndex {
  /// Finds the `k` nearest stored vectors with their metadata, ordered by (distance, insertion sequence).
  ///
  /// Each call makes its own scratch and answer. For many searches, make these once and call the other `search`, which
  /// does not read metadata.
  ///
  /// - Throws: as `search`.
  /// - Complexity: that of a search, plus that of `metadata(of:)` for each neighbour.
  public func hits(
    _ query: [Float], k: Int, parameters: SearchParameters, filter: Filter? = nil
  ) throws(IndexError) -> [Hit] {
    var answer = TopK(k: 0)
    try search(query.span, k: k, parameters: parameters, filter: filter, scratch: makeScratch(), into: &answer)
    var hits: [Hit] = []
    for rank in 0..<answer.count {
      let neighbor = answer[rank]
      hits.append(Hit(neighbor: neighbor, metadata: try metadata(of: neighbor.id) ?? [:]))
    }
    return hits
  }
}
