import VectorIndexes

/// The values of one parameter in a sweep, as typed: `--set nprobe=1,2,4`.
public struct Setting: Sendable, Equatable {
  public let name: String
  public let values: [String]

  public init(_ name: String, _ values: [String]) {
    self.name = name
    self.values = values
  }
}

/// One index of a sweep under its own name, with the builds and the search settings that are measured.
public struct IndexVariant: Sendable {
  /// The kind, or the name that the sweep gives it, such as `pq4`.
  public let name: String
  public let subject: Subject
  /// Cells that none of these filters match are left out, unless the list is empty.
  public let only: [CellFilter]
  /// Cells that one of these filters matches are left out.
  public let except: [CellFilter]
  /// The limits that replace those of the sweep, where they are set.
  public let limits: Limits
  /// The build settings: each name once, with distinct values in the index's own spelling.
  let buildSettings: [Setting]
  let searchSettings: [Setting]

  /// Checks all values; equal values are measured once.
  ///
  /// - Parameter name: the name of the variant; `nil` for the kind.
  /// - Throws: `IndexError.unknownParameter`, or `.invalidParameter` for a value that the index does not accept.
  public init(
    _ subject: Subject, name: String? = nil, build: [Setting] = [], search: [Setting] = [],
    only: [CellFilter] = [], except: [CellFilter] = [], limits: Limits = Limits()
  ) throws(IndexError) {
    let declaration = subject.declaration
    self.name = name ?? declaration.kind
    self.subject = subject
    buildSettings = try Self.checked(build, declared: declaration.build, kind: declaration.kind)
    searchSettings = try Self.checked(search, declared: declaration.search, kind: declaration.kind)
    for (settings, declared) in [(buildSettings, declaration.build), (searchSettings, declaration.search)] {
      try Self.checkAlternatives(settings, declared: declared, kind: declaration.kind)
    }
    self.only = only
    self.except = except
    self.limits = limits
  }

  /// Creates one variant of each index from common settings; each index takes the settings that it declares.
  ///
  /// The values of a name that is given twice are joined.
  ///
  /// - Throws: `IndexError.unknownParameter` for a name that none of the indexes declares, `.invalidParameter` for a
  ///   value that an index which declares the name does not accept.
  public static func variants(
    of subjects: [Subject], settings: [Setting]
  ) throws(IndexError) -> [IndexVariant] {
    let declarations = subjects.map(\.declaration)
    let known = declarations.flatMap { ($0.build + $0.search).map(\.name) }
    for setting in settings where !known.contains(setting.name) {
      throw .unknownParameter(
        name: setting.name, kind: declarations.map(\.kind).joined(separator: ", "), known: known.distinct)
    }
    let merged = settings.map(\.name).distinct.map { name in
      Setting(name, settings.filter { $0.name == name }.flatMap(\.values))
    }
    var variants: [IndexVariant] = []
    for (subject, declaration) in zip(subjects, declarations) {
      func declared(_ parameters: [ParameterDeclaration]) -> [Setting] {
        merged.filter { setting in parameters.contains { $0.name == setting.name } }
      }
      variants.append(
        try IndexVariant(subject, build: declared(declaration.build), search: declared(declaration.search)))
    }
    return variants
  }

  /// The product of all build settings, in order; the first setting varies slowest.
  ///
  /// - Complexity: O(combinations); `SweepPlan` counts them first.
  public var builds: [Parameters] { Self.product(of: buildSettings, declared: subject.declaration.build) }

  /// The product of all search settings, in order.
  ///
  /// - Complexity: O(combinations).
  public var searches: [Parameters] { Self.product(of: searchSettings, declared: subject.declaration.search) }

  /// Whether the name can be used as the name of a folder, since results are stored in a folder of this name.
  static func isName(_ name: String) -> Bool {
    name.utf8.count <= 100 && !name.hasPrefix(".") && !name.isEmpty
      && name.utf8.allSatisfy { byte in
        "-_.".utf8.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      }
  }

  /// The name nearest to a text that can be that of a folder: `hnsw-nmslib` for `hnsw(nmslib)`.
  ///
  /// - Returns: nil where there is none.
  static func name(from text: String) -> String? {
    let words = text.split { !isName("a\($0)") }
    let name = words.joined(separator: "-")
    return isName(name) ? name : nil
  }

  /// What `isName` takes.
  static let nameExpected = "a name of letters, digits, '-', '_' and '.', at most 100 of them,"

  private static func checked(
    _ settings: [Setting], declared: [ParameterDeclaration], kind: String
  ) throws(IndexError) -> [Setting] {
    var checked: [Setting] = []
    for setting in settings {
      var values: [String] = []
      for text in setting.values {
        let parameters = try Parameters([setting.name: text], declared: declared, kind: kind)
        // Two spellings of one value ("4" and "04") are one cell.
        values += parameters.entries.filter { $0.name == setting.name }.map(\.value.description)
      }
      // When a name is given twice, the last value counts.
      checked.removeAll { $0.name == setting.name }
      checked.append(Setting(setting.name, values.distinct))
    }
    return checked
  }

  /// Checks two settings of which one takes the place of the other: each of their combinations has to be possible.
  private static func checkAlternatives(
    _ settings: [Setting], declared: [ParameterDeclaration], kind: String
  ) throws(IndexError) {
    for parameter in declared {
      guard let setting = settings.first(where: { $0.name == parameter.name }),
        let other = settings.first(where: { $0.name == parameter.alternative })
      else { continue }
      for value in setting.values {
        for alternative in other.values {
          _ = try Parameters([setting.name: value, other.name: alternative], declared: declared, kind: kind)
        }
      }
    }
  }

  private static func product(of settings: [Setting], declared: [ParameterDeclaration]) -> [Parameters] {
    guard !settings.contains(where: \.values.isEmpty) else { return [] }
    let combinations = settings.reduce([[:]]) { combinations, setting in
      combinations.flatMap { combination in
        setting.values.map { value in combination.merging([setting.name: value]) { _, new in new } }
      }
    }
    do throws(IndexError) {
      return try combinations.map { (combination: [String: String]) throws(IndexError) in
        try Parameters(combination, declared: declared, kind: "")
      }
    } catch { preconditionFailure("every value was checked: \(error)") }
  }
}
