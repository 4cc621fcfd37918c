import Foundation

/// The columns of a Parquet or Arrow table that are no vectors.
struct ArrowMetadata: MetadataSource {
  private struct Request: Encodable {
    let `do` = "values"
    let files: [ArrowDescription.File]
    let column: String
    let kind: String
  }

  let rows: Int
  let path: String
  private let files: [ArrowDescription.File]
  private let described: [DatasetMetadata.Column]

  /// - Parameter vectors: the name of the column that is none of these.
  init(_ description: ArrowDescription, except vectors: String?) {
    rows = description.rows
    files = description.files
    path = description.files.first?.path ?? ""
    described = description.columns.compactMap { column in
      guard column.name != vectors else { return nil }
      switch column.kind {
      case .integers: return DatasetMetadata.Column(name: column.name, kind: .integers)
      case .floats: return DatasetMetadata.Column(name: column.name, kind: .floats)
      case .strings: return DatasetMetadata.Column(name: column.name, kind: .strings)
      case .tags: return DatasetMetadata.Column(name: column.name, kind: .tags)
      // Sets of numbers; other vectors say nothing of a row that could be asked for.
      case .lists where column.elementType?.isFloat == false:
        return DatasetMetadata.Column(name: column.name, kind: .tags)
      case .lists, .other: return nil
      }
    }
  }

  /// nil where there is no column.
  var orNil: ArrowMetadata? { described.isEmpty ? nil : self }

  func columns() -> [DatasetMetadata.Column] { described }

  func values(of column: DatasetMetadata.Column) throws(DatasetError) -> DatasetMetadata.Values {
    let process = try ArrowProcess(
      Request(files: files, column: column.name, kind: column.kind.rawValue), path: path)
    var collected = Collected()
    var tagNames: [String]?
    while let bytes = try process.block() {
      // The block behind the last rows has the names of tags.
      if column.kind == .tags, collected.rows == rows {
        tagNames = try? JSONDecoder().decode([String]?.self, from: Data(bytes))
        continue
      }
      guard collected.append(bytes, kind: column.kind) else {
        throw .table(path: path, .unreadable(reason: "column '\(column.name)' came incomplete"))
      }
    }
    guard collected.rows == rows else {
      throw .table(path: path, .unreadable(reason: "column '\(column.name)' has \(collected.rows) of \(rows) rows"))
    }
    switch column.kind {
    case .integers: return .integers(collected.integers)
    case .floats: return .floats(collected.floats)
    case .strings: return .strings(collected.strings)
    case .tags:
      let tags = collected.tags
      let largest = tags.max() ?? 0
      guard (tags.min() ?? 0) >= 0, largest < Int64(Int32.max) else {
        throw .table(path: path, .unreadable(reason: "column '\(column.name)' has tags below 0 or above \(Int32.max)"))
      }
      return .tags(
        TagSets(
          starts: collected.starts, tags: tags.map { Int32($0) }, tagCount: tagNames?.count ?? Int(largest) + 1,
          names: tagNames))
    }
  }

  /// What has come of a column.
  private struct Collected {
    var rows = 0
    var integers: [Int64?] = []
    var floats: [Double?] = []
    var strings: [String?] = []
    var starts = [0]
    var tags: [Int64] = []

    /// - Returns: false for a batch that is not whole.
    mutating func append(_ block: [UInt8], kind: DatasetMetadata.Kind) -> Bool {
      let bytes = block.span.bytes
      guard let count = bytes.integer(at: 0, as: Int64.self), count >= 0, Int(count) <= block.count else {
        return false
      }
      let batch = Int(count)
      switch kind {
      case .integers, .floats:
        guard block.count == 8 + 9 * batch else { return false }
        for row in 0..<batch {
          let bits = bytes.integer(at: 8 + batch + 8 * row, as: UInt64.self) ?? 0
          let isValid = block[8 + row] != 0
          if kind == .integers {
            integers.append(isValid ? Int64(bitPattern: bits) : nil)
          } else {
            floats.append(isValid ? Double(bitPattern: bits) : nil)
          }
        }
      case .strings:
        var place = 8 + 8 * batch
        for row in 0..<batch {
          guard let length = bytes.integer(at: 8 + 8 * row, as: Int64.self), length <= block.count - place else {
            return false
          }
          guard length >= 0 else {
            strings.append(nil)
            continue
          }
          strings.append(String(decoding: block[place..<place + Int(length)], as: UTF8.self))
          place += Int(length)
        }
      case .tags:
        var place = 8 + 8 * batch
        for row in 0..<batch {
          guard let length = bytes.integer(at: 8 + 8 * row, as: Int64.self), length >= 0,
            length <= (block.count - place) / 8
          else { return false }
          for _ in 0..<Int(length) {
            tags.append(bytes.integer(at: place, as: Int64.self) ?? 0)
            place += 8
          }
          starts.append(tags.count)
        }
      }
      rows += batch
      return true
    }
  }
}
