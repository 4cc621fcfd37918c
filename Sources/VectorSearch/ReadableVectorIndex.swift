import VectorCore

/// An index whose vectors and metadata can be read back by their ids.
public protocol ReadableVectorIndex: VectorIndex {
  /// The vector of an id, d floats; `nil` when there is none of this id.
  ///
  /// It is the vector as the index keeps it: under `angular` of unit length, and where an index keeps codes or smaller
  /// numbers in place of vectors, what these stand for.
  ///
  /// - Throws: `IndexError` of an index whose file can't be read.
  func vector(of id: UInt64) throws(IndexError) -> [Float]?

  /// The metadata of an id, empty where none was given; `nil` when there is no vector of this id.
  ///
  /// - Throws: `IndexError` of an index whose file can't be read.
  func metadata(of id: UInt64) throws(IndexError) -> Metadata?
}

/// A neighbour with what is stored beside its vector.
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
  /// It makes a scratch and an answer of its own: for many searches, make these once and use the other `search`, whose
  /// answers cost nothing for metadata.
  ///
  /// - Throws: as the other `search`.
  /// - Complexity: as a search, and that of `metadata(of:)` for each neighbour.
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
