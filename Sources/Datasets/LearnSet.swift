import VectorCore

/// Vectors as the queries will be, from which an index may learn; none of them is a query that is measured.
///
/// The sets of VIBE whose queries are unlike the vectors that are searched (text for pictures) have one. It is read when
/// it is asked for.
public struct LearnSet: Sendable {
  let table: any StoredTable

  init(_ table: any StoredTable) { self.table = table }

  public var rows: Int { table.rows }
  public var columns: Int { table.columns }

  /// Reads the first rows, m × d.
  ///
  /// - Throws: `DatasetError`. - Complexity: O(m·d).
  public func matrix(rows limit: Int = .max) throws(DatasetError) -> Matrix { try table.matrix(rows: limit) }
}
