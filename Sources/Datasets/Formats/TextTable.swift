import Foundation
import VectorCore

/// `.csv` and `.tsv`: a row a line, its components as decimal numbers; a first line of names is passed over.
///
/// Float32, or int64 where all are whole numbers, so that row numbers can be read from such a file too.
struct TextTable {
  enum Separator {
    case tab
    /// A semicolon where the first line has one and no comma.
    case commaOrSemicolon
  }

  private let file: FileBytes
  /// Of the file, which has to live as long.
  private let text: UnsafeRawBufferPointer
  private let separator: UInt8
  /// The first byte and the number of the first line with numbers.
  private var start = 0
  private var firstLine = 1
  private var columns = 0

  /// Reads a whole file.
  ///
  /// - Throws: `DatasetError.cannotRead`, `table` with line and column, `tooLarge`. - Complexity: O(bytes).
  static func read(_ path: String, _ separator: Separator, part: String) throws(DatasetError) -> MappedTable {
    let file = try FileBytes(mapping: path)
    let text = try withTableFaults(path) { () throws(TableFault) in try TextTable(file, separator) }
    let (rows, isWhole) = text.survey()
    let type: ElementType = isWhole ? .int64 : .float32
    let layout = try withTableFaults(path) { () throws(TableFault) in
      try TableLayout(packed: type, rows: rows, columns: text.columns, offset: 0)
    }
    guard layout.end < ProcessInfo.processInfo.physicalMemory else {
      throw .tooLarge(path: path, part: part, rows: rows, columns: text.columns)
    }
    let elements = try FileBytes(path: path, count: layout.end) { (target) throws(DatasetError) in
      try withTableFaults(path) { () throws(TableFault) in
        if isWhole {
          try text.parse(rows, into: target.bindMemory(to: Int64.self)) { strtoll($0, &$1, 10) }
        } else {
          try text.parse(rows, into: target.bindMemory(to: Float.self)) { strtof($0, &$1) }
        }
      }
    }
    return MappedTable(elements, layout, part: part)
  }

  /// Looks at the first line or two.
  private init(_ file: FileBytes, _ separator: Separator) throws(TableFault) {
    self.file = file
    var text = file.bytes
    // Some editors write a byte-order mark.
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = UnsafeRawBufferPointer(rebasing: text.dropFirst(3)) }
    while let last = text.last, [0x0A, 0x0D, 0x20, 0x09].contains(last) {
      text = UnsafeRawBufferPointer(rebasing: text.dropLast())
    }
    self.text = text
    guard !text.isEmpty else { throw .text(line: 1, column: 1, problem: "the file is empty") }
    let end = text.firstIndex(of: 0x0A) ?? text.count
    switch separator {
    case .tab: self.separator = 0x09
    case .commaOrSemicolon:
      let first = text[..<end]
      self.separator = first.contains(UInt8(ascii: ";")) && !first.contains(UInt8(ascii: ",")) ? 0x3B : 0x2C
    }
    let names = fields(0..<end).map { Self.token(text[$0]) }
    columns = names.count
    let areNumbers = names.map { Self.number($0) != nil }
    if !areNumbers.contains(true) {
      guard end < text.count else { throw .text(line: 1, column: 1, problem: "'\(Self.shown(names[0]))' is no number") }
      // A column of row numbers would become a component.
      if let place = names.firstIndex(where: { ["", "id", "index"].contains($0.lowercased()) }) {
        throw .text(
          line: 1, column: place + 1,
          problem: "the column '\(names[place])' holds row numbers, no component: leave it out")
      }
      (start, firstLine) = (end + 1, 2)
    } else if let place = areNumbers.firstIndex(of: false) {
      throw .text(line: 1, column: place + 1, problem: "'\(Self.shown(names[place]))' is no number")
    }
  }

  /// How many lines with numbers there are, and whether all numbers are whole.
  private func survey() -> (rows: Int, isWhole: Bool) {
    var (lines, isWhole) = (1, true)
    for byte in text[start...] {
      switch byte {
      case 0x0A: lines += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), 0x20, 0x0D, 0x22, separator:
        break
      default: isWhole = false
      }
    }
    return (lines, isWhole)
  }

  private func parse<Element>(
    _ rows: Int, into target: UnsafeMutableBufferPointer<Element>,
    _ convert: (UnsafePointer<CChar>, inout UnsafeMutablePointer<CChar>?) -> Element
  ) throws(TableFault) {
    var place = 0
    var lineStart = start
    var token: [CChar] = []
    for row in 0..<rows {
      let end = text[lineStart...].firstIndex(of: 0x0A) ?? text.count
      let line = firstLine + row
      var count = 0
      var fieldStart = lineStart
      while fieldStart <= end {
        let fieldEnd = text[fieldStart..<end].firstIndex(of: separator) ?? end
        count += 1
        guard count <= columns else { break }
        let field = Self.trimmed(text[fieldStart..<fieldEnd])
        token.removeAll(keepingCapacity: true)
        for byte in field { token.append(CChar(bitPattern: byte)) }
        token.append(0)
        let isNumber = token.withUnsafeMutableBufferPointer { token in
          var rest: UnsafeMutablePointer<CChar>?
          errno = 0
          target.initializeElement(at: place, to: convert(token.baseAddress!, &rest))
          // A number below the smallest is that or zero; one above the largest is infinite, which is told by its place.
          let isInRange = errno == 0 || Element.self == Float.self
          return !field.isEmpty && isInRange && rest == token.baseAddress! + field.count
        }
        guard isNumber else {
          throw .text(
            line: line, column: count,
            problem: field.isEmpty ? "a number is missing" : "'\(Self.shown(Self.token(field)))' is no number")
        }
        place += 1
        fieldStart = fieldEnd + 1
      }
      guard count == columns else {
        throw .text(
          line: line, column: min(count, columns) + 1,
          problem: count > columns
            ? "there are more than \(columns) columns" : "\(count) of \(columns) columns are there")
      }
      lineStart = end + 1
    }
  }

  private func fields(_ line: Range<Int>) -> [Range<Int>] {
    text[line].split(separator: separator, omittingEmptySubsequences: false).map { $0.startIndex..<$0.endIndex }
  }

  /// Without white space and quotation marks around it.
  private static func trimmed(_ field: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    func isAround(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0D || byte == 0x22 || byte == 0x09 }
    var field = field
    while let first = field.first, isAround(first) { field = field.dropFirst() }
    while let last = field.last, isAround(last) { field = field.dropLast() }
    return field
  }

  private static func token(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    String(decoding: trimmed(field), as: UTF8.self)
  }

  /// As `strtof` reads it, whole; NaN and infinities are numbers here and refused with their place later.
  private static func number(_ token: String) -> Float? {
    var rest: UnsafeMutablePointer<CChar>?
    return token.withCString { text in
      let value = strtof(text, &rest)
      return !token.isEmpty && rest.map { $0.pointee == 0 } == true ? value : nil
    }
  }

  /// One line of a few characters.
  private static func shown(_ token: String) -> String {
    String(
      token.prefix(40).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0.isPunctuation || $0 == " ") ? $0 : "?" })
  }
}
