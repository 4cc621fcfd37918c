/// The dictionary at the head of an `.npy` file, of which Python's grammar is known as far as numpy uses it.
struct NPYHeader: Equatable {
  /// `descr`: byte order, kind and bytes, as `<f4`.
  private(set) var type = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []

  /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, in any order of the keys.
  ///
  /// - Throws: `malformedNPYHeader`; `unsupportedType` for records.
  init(_ text: [UInt8]) throws(TableFault) {
    var scanner = Scanner(text: text)
    var missing: Set = ["descr", "fortran_order", "shape"]
    try scanner.expect("{")
    while !scanner.take("}") {
      let key = try scanner.string()
      guard missing.remove(key) != nil else { throw scanner.fault("a key '\(key.prefix(40))' is not expected") }
      try scanner.expect(":")
      switch key {
      case "descr":
        // A list describes records with named fields.
        guard !scanner.take("[") else { throw .unsupportedType("records") }
        type = try scanner.string()
      case "fortran_order": isFortranOrder = try scanner.boolean()
      default: shape = try scanner.tuple()
      }
      if !scanner.take(",") {
        try scanner.expect("}")
        break
      }
    }
    guard missing.isEmpty else { throw scanner.fault("the key '\(missing.sorted()[0])' is missing") }
    guard scanner.isAtEnd else { throw scanner.fault("something follows the dictionary") }
  }
}

/// Reads one token after the other; white space may stand between any two.
private struct Scanner {
  let text: [UInt8]
  private var place = 0

  init(text: [UInt8]) { self.text = text }

  func fault(_ problem: String) -> TableFault { .malformedNPYHeader(problem: "\(problem) at byte \(place)") }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return place == text.count
    }
  }

  mutating func take(_ symbol: Character) -> Bool {
    skipSpace()
    guard place < text.count, text[place] == symbol.asciiValue else { return false }
    place += 1
    return true
  }

  mutating func expect(_ symbol: Character) throws(TableFault) {
    guard take(symbol) else { throw fault("'\(symbol)' is expected") }
  }

  /// Text in single or double quotes; numpy writes no escapes into these.
  mutating func string() throws(TableFault) -> String {
    skipSpace()
    guard place < text.count, text[place] == UInt8(ascii: "'") || text[place] == UInt8(ascii: "\"") else {
      throw fault("a quoted text is expected")
    }
    let quote = text[place]
    guard let end = text[(place + 1)...].firstIndex(of: quote) else { throw fault("a quoted text does not end") }
    let content = text[place + 1..<end]
    guard content.allSatisfy({ 0x20..<0x7F ~= $0 }) else { throw fault("a quoted text has unusual bytes") }
    place = end + 1
    return String(decoding: content, as: UTF8.self)
  }

  mutating func boolean() throws(TableFault) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where text[place...].starts(with: word.utf8) {
      place += word.utf8.count
      return value
    }
    throw fault("True or False is expected")
  }

  /// Whole numbers in parentheses: `()`, `(3,)`, `(3, 4)`.
  mutating func tuple() throws(TableFault) -> [Int] {
    try expect("(")
    var numbers: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = text[place...].prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "-") }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
        throw fault("a number of rows or columns is expected")
      }
      numbers.append(number)
      place += digits.count
      if !take(",") {
        try expect(")")
        break
      }
    }
    return numbers
  }

  private mutating func skipSpace() {
    while place < text.count, [0x20, 0x0A, 0x0D, 0x09].contains(text[place]) { place += 1 }
  }
}
