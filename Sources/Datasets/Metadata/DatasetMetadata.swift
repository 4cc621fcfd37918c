/// What is known of each row of `train` beside its vector: columns of numbers, texts and sets of tags.
///
/// Nothing is read before it is asked for.
public struct DatasetMetadata: Sendable {
  public enum Kind: String, Sendable {
    case integers, floats, strings, tags
  }

  public struct Column: Sendable, Equatable {
    public let name: String
    public let kind: Kind
  }

  /// The values of a column, one a row; nil where there is none.
  public enum Values: Sendable, Equatable {
    case integers([Int64?])
    case floats([Double?])
    case strings([String?])
    case tags(TagSets)
  }

  private let source: any MetadataSource

  init(_ source: any MetadataSource) { self.source = source }

  /// As many as `train` has.
  public var rows: Int { source.rows }
  /// Where they are from.
  public var path: String { source.path }

  /// Names and kinds of the columns.
  ///
  /// - Throws: `DatasetError`. - Complexity: O(1) for formats that state them, O(bytes) for `.jsonl`.
  public func columns() throws(DatasetError) -> [Column] { try source.columns() }

  /// The values of the column of that name.
  ///
  /// - Throws: `DatasetError.table` for a name that is none. - Complexity: O(rows).
  public func values(of name: String) throws(DatasetError) -> Values {
    let columns = try source.columns()
    guard let column = columns.first(where: { $0.name == name }) else {
      throw .table(path: path, .missingMember(what: "column", name: name, names: columns.map(\.name)))
    }
    return try source.values(of: column)
  }

  /// The columns in a line: `id integers, labels strings`.
  ///
  /// - Throws: `DatasetError`.
  public func summary() throws(DatasetError) -> String {
    try columns().map { "\($0.name) \($0.kind.rawValue)" }.joined(separator: ", ")
  }

  /// Opens the metadata that are in a file of their own.
  ///
  /// - Throws: `DatasetError.unknownMetadata`, and what is wrong with the file.
  static func open(_ path: String) throws(DatasetError) -> any MetadataSource {
    switch path.split(separator: ".").last?.lowercased() {
    case "jsonl": return try PayloadFile(path)
    case "spmat", "csr": return TagMatrix(try SparseMatrix(path), path: path)
    case let ending? where ArrowFiles.endings.contains(ending):
      return ArrowMetadata(try ArrowDescription.read([ArrowFiles.shards(of: path)])[0], except: nil)
    default: throw .unknownMetadata(path: path)
    }
  }
}

/// A file or several that metadata are read from.
protocol MetadataSource: Sendable {
  var rows: Int { get }
  /// For errors.
  var path: String { get }
  func columns() throws(DatasetError) -> [DatasetMetadata.Column]
  func values(of column: DatasetMetadata.Column) throws(DatasetError) -> DatasetMetadata.Values
}

/// The tags of big-ann's filtered track: the columns of a sparse matrix.
private struct TagMatrix: MetadataSource {
  private let matrix: SparseMatrix
  let path: String

  init(_ matrix: SparseMatrix, path: String) {
    self.matrix = matrix
    self.path = path
  }

  var rows: Int { matrix.rows }

  func columns() -> [DatasetMetadata.Column] { [DatasetMetadata.Column(name: "tags", kind: .tags)] }

  func values(of column: DatasetMetadata.Column) throws(DatasetError) -> DatasetMetadata.Values {
    .tags(try matrix.tags())
  }
}
