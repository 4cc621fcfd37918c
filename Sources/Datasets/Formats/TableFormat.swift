import VectorCore

/// A file format that holds one table, told by the ending of the file's name.
///
/// A format says where the numbers lie and what stands around them; reading, converting and writing them is common to
/// all. A new one is a type in a file of its own and an entry in `TableFormats.all`.
protocol TableFormat: Sendable {
  /// Of file names, without the dot.
  var ending: String { get }

  /// Finds the table in a file's bytes, and behind it a second one where the format has that: distances to ids.
  ///
  /// Counts and sizes are checked against each other and the file before anything is allocated.
  func layouts(of file: RawSpan) throws(TableFault) -> [TableLayout]

  /// The type of its elements; nil where each file says.
  var elementType: ElementType? { get }

  /// Whether elements of that type can be written as they are.
  func holds(_ type: ElementType) -> Bool

  /// Whether distances can follow ids in the same file.
  var hasDistances: Bool { get }

  /// What is written before the first row.
  func header(rows: Int, columns: Int, of type: ElementType) -> [UInt8]

  /// What is written before each row.
  func rowPrefix(columns: Int) -> [UInt8]
}

extension TableFormat {
  func holds(_ type: ElementType) -> Bool { type == elementType }

  var hasDistances: Bool { false }

  func rowPrefix(columns: Int) -> [UInt8] { [] }
}

/// Formats that belong together, for writing the tables of a dataset.
public enum TableFamily: String, CaseIterable, Sendable {
  /// `.fvecs`, `.hvecs`, `.ivecs`, `.bvecs`.
  case vecs
  /// `.fbin`, `.f16bin`, `.bf16bin`, `.u8bin`, `.i8bin`, `.ibin`, with distances behind the ids.
  case bin
  case npy

  var formats: [any TableFormat] {
    switch self {
    case .vecs: VecsFormat.all
    case .bin: BinFormat.all
    case .npy: [NPYFormat()]
    }
  }

  /// The format that holds such elements as they are, else booleans as bytes, else the one of Float32.
  func format(for type: ElementType) -> (format: any TableFormat, type: ElementType) {
    for candidate in [type, type == .bool ? .uint8 : .float32, .float32] {
      if let format = formats.first(where: { $0.holds(candidate) }) { return (format, candidate) }
    }
    preconditionFailure("every family has a format of Float32")
  }
}

/// Every format of single tables.
enum TableFormats {
  static let all = TableFamily.allCases.flatMap(\.formats)

  /// For errors: `.fvecs, .ivecs, …`.
  static var endings: String { all.map { ".\($0.ending)" }.joined(separator: ", ") }

  /// The format of a file by its name; nil for what is no table.
  ///
  /// The ending may have something behind it, as in `base.1B.u8bin.crop_nb_10000000`.
  static func format(ofFile path: String) -> (any TableFormat)? {
    if AnnBenchmarksReader.reads(path) || DatasetFile.isOne(path) { return nil }
    let parts = path.split(separator: "/").last?.split(separator: ".").dropFirst() ?? []
    for part in parts.reversed() {
      if let format = all.first(where: { $0.ending == part.lowercased() }) { return format }
    }
    return nil
  }
}
