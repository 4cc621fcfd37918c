import Foundation

/// A text file with a JSON value in each line.
struct JSONLines: Sendable {
  let path: String
  private let file: FileBytes
  /// Where each line is.
  private let lines: [Range<Int>]

  /// Maps a file and finds its lines.
  ///
  /// - Throws: `DatasetError.cannotRead`. - Complexity: O(bytes).
  init(_ path: String) throws(DatasetError) {
    let file = try FileBytes(mapping: path)
    var lines: [Range<Int>] = []
    var start = 0
    while start < file.bytes.count {
      let end = file.bytes[start...].firstIndex(of: 0x0A) ?? file.bytes.count
      lines.append(start..<end)
      start = end + 1
    }
    self.path = path
    self.file = file
    self.lines = lines
  }

  var count: Int { lines.count }

  /// The object in a line, by its number from 0.
  ///
  /// - Throws: `DatasetError.table` with the line for what is no JSON object.
  func object(_ line: Int) throws(DatasetError) -> [String: Any] {
    let data = Data(UnsafeRawBufferPointer(rebasing: file.bytes[lines[line]]))
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw fault(line, "there is no JSON object")
    }
    return object
  }

  func fault(_ line: Int, _ problem: String) -> DatasetError {
    .table(path: path, .malformedLine(line: line + 1, problem: problem))
  }
}
